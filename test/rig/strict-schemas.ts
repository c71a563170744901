/**
 * JSON schemas for kubeconform. The published ones of Kubernetes let unknown fields through, as the API server does without field validation;
 * these refuse them, since a selector with a spelling mistake selects everything.
 */
type Schema = Record<string, unknown>;

interface OpenApi {
  readonly definitions: Readonly<Record<string, Schema>>;
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface CustomResourceDefinition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** Shared parts; every other file refers to it. */
const SHARED = '_definitions.json';

const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

/** @returns schema by file name, one for each kind of the API and the file of shared parts. */
export function openApiSchemas({ definitions }: OpenApi): ReadonlyMap<string, unknown> {
  const shared: Record<string, unknown> = {};
  const files = new Map<string, unknown>([[SHARED, { definitions: shared }]]);
  for (const [name, definition] of Object.entries(definitions)) {
    shared[name] =
      name === INT_OR_STRING || name === QUANTITY
        ? { oneOf: [{ type: 'string' }, { type: 'number' }] }
        : strict(definition);
    const kinds = (definition['x-kubernetes-group-version-kind'] ??
      []) as readonly GroupVersionKind[];
    // Several kinds in one definition are options of requests, not objects.
    const [kind] = kinds;
    if (kind === undefined || kinds.length > 1) continue;
    files.set(fileOf(kind), { $ref: `${SHARED}#/definitions/${name}` });
  }
  return files;
}

/** @returns schema by file name, one for each version of a custom resource. */
export function resourceSchemas({ spec }: CustomResourceDefinition): ReadonlyMap<string, unknown> {
  return new Map(
    spec.versions.map(({ name, schema }) => [
      fileOf({ group: spec.group, version: name, kind: spec.names.kind }),
      strict(schema.openAPIV3Schema),
    ]),
  );
}

/** As kubeconform asks for it: kind, first part of the group, version. */
function fileOf({ group, version, kind }: GroupVersionKind): string {
  const [first = ''] = group.split('.');
  return `${[kind.toLowerCase(), ...(first === '' ? [] : [first]), version].join('-')}.json`;
}

/** The same schema, with objects closed that list their fields, and with references to the file of shared parts. */
function strict(schema: Schema): Schema {
  const result = Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => !key.startsWith('x-kubernetes-') && key !== 'format')
      .map(([key, value]) => [key, inner(key, value)]),
  );
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (isSchema(schema['properties']) && schema['additionalProperties'] === undefined && !open)
    result['additionalProperties'] = false;
  // A definition of a custom resource names the type beside the alternatives of it.
  if (schema['x-kubernetes-int-or-string'] === true) delete result['type'];
  return result;
}

function inner(key: string, value: unknown): unknown {
  if (key === '$ref' && typeof value === 'string') return value.replace(/^#/, `${SHARED}#`);
  if (key === 'properties' || key === 'patternProperties')
    return Object.fromEntries(
      Object.entries(value as Schema).map(([name, field]) => [name, strict(field as Schema)]),
    );
  // What allOf and its like hold are parts of one object: only the object itself can say what it doesn't know.
  if (key === 'items' || key === 'additionalProperties')
    return isSchema(value) ? strict(value) : value;
  return value;
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
