/** `values.schema.json`: the chart's own values, and the configuration of the service with what the chart fills in left open. */
import { z } from 'zod';
import { fileSchema } from '../../src/operations/config/file-schema.ts';
import type { DescribedValue } from './described-values.ts';
import { chartSchema } from './values-schema.ts';

type Node = Record<string, unknown>;

/** JSON Schema (draft 7, which every Helm 3 understands) of the values; unknown keys are refused at every level. */
export function chartJsonSchema(values: readonly DescribedValue[]): Node {
  const { $schema, ...own } = z.toJSONSchema(chartSchema, { io: 'input', target: 'draft-7' });
  const schema: Node = { $schema, title: 'Values of the chart lethe', ...own };
  // Every key has a default in values.yaml, so none is asked for.
  dropRequired(schema);
  const { definitions, ...config } = configSchema();
  schema['definitions'] = definitions;
  propertiesOf(schema)['config'] = config;
  propertiesOf(propertyOf(schema, 'warden'))['config'] = laidOver(['kafka', 'service']);
  const auditor = laidOver(['kafka', 'registry', 'audit', 'service']);
  propertiesOf(propertyOf(schema, 'auditor'))['config'] = auditor;
  // Helm adds it where the chart is a part of another one.
  propertiesOf(schema)['global'] = { type: 'object', description: 'Values of a parent chart' };
  for (const { path, description } of values) describe(schema, path, description);
  return schema;
}

/** What occurs in several places, as the techniques do, stands once under `definitions`. */
function configSchema(): Node {
  const config: Node = z.toJSONSchema(fileSchema, {
    io: 'input',
    target: 'draft-7',
    reused: 'ref',
  });
  delete config['$schema'];
  const keys = propertyOf(config, 'keys');
  keys['required'] = (keys['required'] as readonly string[]).filter((key) => key !== 'directory');
  const isolation = behind(config, propertyOf(config, 'isolation'));
  // A copy, since others may refer to the same definition.
  const anonymizer = { ...behind(config, propertyOf(isolation, 'anonymizer')) };
  delete anonymizer['required'];
  propertiesOf(isolation)['anonymizer'] = anonymizer;
  return config;
}

/** The node itself, or the definition that it refers to, alone or beside a description. */
function behind(schema: Node, node: Node): Node {
  const whole = node['allOf'] as readonly Node[] | undefined;
  if (whole?.[0] !== undefined && whole.length === 1) return behind(schema, whole[0]);
  const reference = node['$ref'];
  if (typeof reference !== 'string') return node;
  const name = reference.slice('#/definitions/'.length);
  return behind(schema, propertyOf({ properties: schema['definitions'] }, name));
}

/** Sections that the warden or the auditor has of its own; laid over the configuration, so that nothing is required. */
function laidOver(sections: readonly string[]): Node {
  const file = z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-7' });
  const all = file.properties as Record<string, Node>;
  const own: Node = {
    type: 'object',
    properties: Object.fromEntries(sections.map((name) => [name, all[name]])),
    additionalProperties: false,
  };
  dropRequired(own);
  return own;
}

/** Nothing is required of the values themselves; items of lists, which values.yaml doesn't fill, keep what they ask for. */
function dropRequired(node: Node): void {
  delete node['required'];
  for (const child of Object.values((node['properties'] ?? {}) as Record<string, Node>))
    dropRequired(child);
  if (isNode(node['additionalProperties'])) dropRequired(node['additionalProperties']);
}

function describe(schema: Node, path: readonly string[], description: string): void {
  const node = path.reduce<Node>((at, key) => propertyOf(at, key), schema);
  node['description'] = description;
}

function propertyOf(node: Node, key: string): Node {
  const child = propertiesOf(node)[key];
  if (!isNode(child)) throw new Error(`Add "${key}" to scripts/chart/values-schema.ts`);
  return child;
}

function propertiesOf(node: Node): Record<string, unknown> {
  return node['properties'] as Record<string, unknown>;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;
