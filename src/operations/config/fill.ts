import { fillRules } from './sections/rules.ts';
import type {
  ClusterSettings,
  RegistrySettings,
  RouteSettings,
  SaslSettings,
  ServiceSettings,
  StreamingSettings,
  TlsSettings,
} from '../../streaming/settings.ts';
import type { TechniqueSpec } from '../../anonymization/rules/technique-spec.ts';
import type { ConfigFile } from './file-schema.ts';
import type { Path } from './document.ts';
import type { KafkaSection, TlsSection } from './sections/kafka.ts';
import type { RegistrySection } from './sections/registry.ts';
import type { RouteSection } from './sections/routes.ts';
import type { RulesSection } from './sections/rules.ts';
import type { ServiceSection } from './sections/service.ts';

/** What filling needs from outside; files are read here because settings cross threads as plain data. */
export interface FillContext {
  readonly readText: (file: string) => string | null;
  /** A path of the file made absolute: relative ones start at the configuration's own directory. */
  readonly resolvePath: (file: string) => string;
  /** CPUs that this process may use, for `shards: auto`. */
  readonly cpus: number;
  /** Called for each file that can't be read, with the path of the setting that names it. */
  readonly missing: (path: Path) => void;
}

/** Turns the written file into what streaming is told: readonly, every default filled in, TLS files read. */
export function fill(file: ConfigFile, context: FillContext): StreamingSettings {
  return {
    clusters: fillClusters(file.kafka, context),
    registry: fillRegistry(file.registry, context),
    keys: { directory: context.resolvePath(file.keys.directory), current: file.keys.current },
    routes: file.routes.map((route) => fillRoute(route, file.rules)),
    quarantine: file.quarantine,
    service: fillService(file.service, context),
  };
}

function fillClusters(
  section: KafkaSection,
  context: FillContext,
): ReadonlyMap<string, ClusterSettings> {
  return new Map(
    Object.entries(section).map(([name, { tls, sasl, ...rest }]) => [
      name,
      {
        ...rest,
        name,
        tls: fillTls(tls, ['kafka', name, 'tls'], context),
        sasl: fillSasl(sasl, ['kafka', name, 'sasl'], context),
      },
    ]),
  );
}

function fillSasl(
  sasl: KafkaSection[string]['sasl'],
  path: Path,
  context: FillContext,
): SaslSettings | null {
  if (sasl === undefined) return null;
  if (sasl.mechanism !== 'OAUTHBEARER') return sasl;
  const tokenFile = context.resolvePath(sasl.tokenFile);
  // Only checked here: the token is read anew at each authentication.
  pemOrFile(tokenFile, [...path, 'tokenFile'], context);
  return { mechanism: sasl.mechanism, tokenFile };
}

function fillTls(
  tls: TlsSection | undefined,
  path: Path,
  context: FillContext,
): TlsSettings | null {
  if (tls === undefined || tls === false) return null;
  if (tls === true) return { rejectUnauthorized: true };
  const { ca, certificate, key, serverName, rejectUnauthorized } = tls;
  return {
    ...(ca !== undefined && { ca: pemOrFile(ca, [...path, 'ca'], context) }),
    ...(certificate !== undefined && {
      certificate: pemOrFile(certificate, [...path, 'certificate'], context),
    }),
    ...(key !== undefined && { key: pemOrFile(key, [...path, 'key'], context) }),
    ...(serverName !== undefined && { serverName }),
    rejectUnauthorized,
  };
}

function pemOrFile(written: string, path: Path, context: FillContext): string {
  if (written.startsWith('-----BEGIN ')) return written;
  const text = context.readText(context.resolvePath(written));
  if (text !== null) return text;
  context.missing(path);
  return '';
}

function fillRegistry(section: RegistrySection, context: FillContext): RegistrySettings {
  const { auth, tls, url, ...rest } = section;
  return {
    ...rest,
    url: url.replace(/\/+$/, ''),
    tls: fillTls(tls, ['registry', 'tls'], context),
    auth:
      auth === undefined
        ? { type: 'none' }
        : 'bearer' in auth
          ? { type: 'bearer', token: auth.bearer }
          : { type: 'basic', ...auth },
  };
}

function fillRoute(route: RouteSection, rules: RulesSection): RouteSettings {
  const { from, to, key, headers, ...rest } = route;
  const kept = headers.allow.map((name): [string, TechniqueSpec] => [name, { technique: 'keep' }]);
  return {
    ...rest,
    from: { cluster: from.cluster, topic: from.topic ?? null, pattern: from.pattern ?? null },
    to: {
      cluster: to.cluster,
      topic: to.topic,
      create: to.create,
      partitions: to.partitions ?? null,
      replicationFactor: to.replicationFactor ?? null,
    },
    key: { type: key.extra.type, spec: key.spec },
    // A rewritten header wins over the same name in `allow`: the stricter word counts.
    headers: new Map([...kept, ...Object.entries(headers.rewrite)]),
    rules: fillRules(rules, route.rules),
  };
}

function fillService(section: ServiceSection, context: FillContext): ServiceSettings {
  return {
    groupId: section.groupId,
    instanceId: section.instanceId ?? null,
    shards: section.shards === 'auto' ? Math.max(1, context.cpus) : section.shards,
    dryRun: section.dryRun,
    sessionTimeout: section.sessionTimeout,
    rebalanceTimeout: section.rebalanceTimeout,
    heartbeatInterval: section.heartbeatInterval,
    startFrom: section.startFrom,
    transaction: section.transaction,
    limits: section.limits,
    heartbeatDeadline: section.heartbeatDeadline,
    drainTimeout: section.drainTimeout,
  };
}
