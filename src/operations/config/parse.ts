/**
 * Text of the configuration file → settings, or every reason why not. Pure: files and environment come in as functions.
 */
import { checkAudit, checkIsolation, checkRoutes, checkService } from './check.ts';
import { parseDocumentText } from './document.ts';
import { ConfigError, configProblem } from './errors.ts';
import { fileSchema } from './file-schema.ts';
import { fill } from './fill.ts';
import { interpolate, renderPath } from './interpolate.ts';
import { describeIssue, problemsOf, valueAt } from './issues.ts';
import { memoryBound } from './memory-bound.ts';
import { fillAudit } from './sections/audit.ts';
import { fillIsolation } from './sections/isolation.ts';
import { fillWarden } from './sections/warden.ts';
import { fillRules, ownRulesSchema, rulesSchema, warnOfPlanned } from './sections/rules.ts';
import { warnOf } from './warnings.ts';
import type { z } from 'zod';
import type { Rules } from '../../anonymization/rules/rules.ts';
import type { ConfigDocument, Path } from './document.ts';
import type { ConfigProblem } from './errors.ts';
import type { ConfigFile } from './file-schema.ts';
import type { FillContext } from './fill.ts';
import type { Surroundings } from './interpolate.ts';
import type { ConfigWarning, LoadedConfig } from './loaded-config.ts';

/** Everything that parsing needs from outside. */
export interface ParseContext extends Surroundings, Omit<FillContext, 'missing'> {
  /** Name of the file, for messages. */
  readonly file: string;
}

/** The rules alone, for commands that need neither Kafka nor keys. */
export interface ParsedRules {
  readonly rules: Rules;
  /** `keys.current`, where the file says it. */
  readonly currentKey: string | null;
  readonly warnings: readonly ConfigWarning[];
}

type Schema<T> = z.ZodType<T>;
type Parsed<T> = { readonly data: T | null; readonly problems: readonly ConfigProblem[] };

/**
 * Parses the whole file.
 *
 * @throws ConfigError with every problem found
 */
export function parseConfig(text: string, context: ParseContext): Omit<LoadedConfig, 'files'> {
  const document = readDocument(text, context);
  const { data, problems } = parseValue(fileSchema, document, [], context);
  const crossed = crossCheck(data ?? looseSections(document, context), document);
  const refused: ConfigProblem[] = [];
  const missing = (path: Path): void => {
    const message = "provide the file that this setting names: it can't be read";
    refused.push(
      configProblem('CONFIG_FILE_MISSING', renderPath(path), message, document.positionOf(path)),
    );
  };
  const settings = data === null ? null : fill(data, { ...context, missing });
  refuseAny(context.file, [...problems, ...crossed, ...refused]);
  if (data === null || settings === null) throw new TypeError('a refused file has problems');
  return {
    settings,
    http: data.service.http,
    log: data.service.log,
    isolation: data.isolation === undefined ? null : fillIsolation(data.isolation),
    warden: data.isolation === undefined ? null : fillWarden(data.isolation.warden),
    audit: fillAudit(data.audit, data.service.groupId),
    memoryBound: memoryBound(settings),
    warnings: [...warnOfPlanned(data.rules), ...warnOf(settings)],
  };
}

/**
 * Parses `rules`, and the rules of one route where `route` names one; nothing else of the file is looked at, so that a rule can be tried where no
 * secret is mounted.
 *
 * @throws ConfigError with every problem found
 */
export function parseRulesOf(
  text: string,
  context: ParseContext,
  route: string | null,
): ParsedRules {
  const document = readDocument(text, context);
  const all = parseValue(rulesSchema, document, rulesRoot(document), context);
  const routes = valueAt(document.value, ['routes']);
  const index =
    route === null || !Array.isArray(routes)
      ? -1
      : routes.findIndex((entry: unknown) => valueAt(entry, ['name']) === route);
  const own =
    index === -1 || valueAt(document.value, ['routes', index, 'rules']) === undefined
      ? { data: ownRulesSchema.parse({}), problems: [] }
      : parseValue(ownRulesSchema, document, ['routes', index, 'rules'], context);
  const unknown: readonly ConfigProblem[] =
    route !== null && index === -1
      ? [
          configProblem(
            'CONFIG_REFERENCE_UNKNOWN',
            'routes',
            `name a route of the file: it has no "${route}"`,
            document.positionOf(['routes']),
          ),
        ]
      : [];
  refuseAny(context.file, [...all.problems, ...own.problems, ...unknown]);
  if (all.data === null || own.data === null) throw new TypeError('a refused file has problems');
  const current = valueAt(document.value, ['keys', 'current']);
  return {
    rules: fillRules(all.data, own.data),
    currentKey: typeof current === 'string' ? current : null,
    warnings: warnOfPlanned(all.data),
  };
}

/** A file may hold the section alone, without the word `rules` around it. */
function rulesRoot({ value }: ConfigDocument): Path {
  const whole = valueAt(value, ['rules']) !== undefined;
  const section = Object.keys(rulesSchema.shape).some((key) => valueAt(value, [key]) !== undefined);
  return section && !whole ? [] : ['rules'];
}

function readDocument(text: string, context: ParseContext): ConfigDocument {
  const document = parseDocumentText(text);
  if ('value' in document) return document;
  refuseAny(context.file, document);
  throw new TypeError('a document without value has problems');
}

/** One part of the file through its schema: references replaced, numbers read from them, faults translated. */
function parseValue<T>(
  schema: Schema<T>,
  document: ConfigDocument,
  root: Path,
  context: ParseContext,
): Parsed<T> {
  const positionOf = (path: Path) => document.positionOf([...root, ...path]);
  const raw = root.length === 0 ? document.value : valueAt(document.value, root);
  const { value, problems, replaced } = interpolate(raw, positionOf, context, root);
  const parse = (input: unknown) => schema.safeParse(input, { error: describeIssue });
  let result = parse(value);
  if (!result.success && numbersFromReferences(result.error.issues, value, replaced))
    result = parse(value);
  if (result.success) return { data: problems.length === 0 ? result.data : null, problems };
  const spoiled = new Set(problems.map((problem) => problem.path));
  const faults = problemsOf(result.error.issues, schema, document, value, root);
  return {
    data: null,
    problems: [...problems, ...faults.filter(({ path }) => !spoiled.has(path))],
  };
}

/** `port: ${PORT}` gives text where a number is wanted: reads it as YAML would have. True if any was. */
function numbersFromReferences(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  replaced: ReadonlySet<string>,
): boolean {
  let changed = false;
  for (const issue of issues) {
    const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
    const last = path.at(-1);
    if (last === undefined || !replaced.has(path.join('\0'))) continue;
    const parent = valueAt(value, path.slice(0, -1));
    const text = valueAt(value, path);
    if (typeof parent !== 'object' || parent === null || typeof text !== 'string') continue;
    const known = { true: true, false: false }[text];
    const read = known ?? (/^\d{1,15}$/.test(text) ? Number(text) : undefined);
    if (read !== undefined) changed = Reflect.set(parent, last, read) || changed;
  }
  return changed;
}

/** The sections that are right by themselves, so that a fault in one doesn't hide contradictions among the others. */
function looseSections(document: ConfigDocument, context: ParseContext): Partial<ConfigFile> {
  const section = <T>(schema: Schema<T>, name: string): T | undefined =>
    parseValue(schema, document, [name], context).data ?? undefined;
  const { kafka, routes, quarantine, service, isolation, audit } = fileSchema.shape;
  const parts = {
    kafka: section(kafka, 'kafka'),
    routes: section(routes, 'routes'),
    quarantine: section(quarantine, 'quarantine'),
    service: section(service, 'service'),
    isolation: section(isolation, 'isolation'),
    audit: section(audit, 'audit'),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
}

function crossCheck(file: Partial<ConfigFile>, document: ConfigDocument): readonly ConfigProblem[] {
  const { kafka, routes, quarantine, service, isolation, audit } = file;
  const findings = [
    ...(kafka && routes && quarantine ? checkRoutes(routes, quarantine, Object.keys(kafka)) : []),
    ...(service ? checkService(service) : []),
    ...(kafka && isolation ? checkIsolation(isolation, Object.keys(kafka)) : []),
    ...(audit && routes && service ? checkAudit(audit, routes, service) : []),
  ];
  return findings.map(({ code, path, message }) =>
    configProblem(code, renderPath(path), message, document.positionOf(path)),
  );
}

function refuseAny(file: string, problems: readonly ConfigProblem[]): void {
  const [first, ...rest] = problems;
  if (first === undefined) return;
  throw new ConfigError(file, [first, ...rest]);
}
