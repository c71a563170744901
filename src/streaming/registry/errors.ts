import { LetheError } from '../../foundation/errors.ts';

export type RegistryErrorCode =
  | 'REGISTRY_UNREACHABLE'
  | 'REGISTRY_TIMEOUT'
  | 'REGISTRY_UNAUTHORIZED'
  | 'REGISTRY_RESPONSE_INVALID'
  | 'REGISTRY_SCHEMA_UNKNOWN'
  | 'REGISTRY_SCHEMA_TOO_LARGE'
  | 'REGISTRY_REFERENCES_TOO_MANY'
  | 'REGISTRY_TYPE_UNSUPPORTED'
  | 'REGISTRY_INCOMPATIBLE'
  | 'REGISTRY_REJECTED';

/** What to do about each code, added to the message of every {@link RegistryError}. */
export const registryRemedies: Readonly<Record<RegistryErrorCode, string>> = {
  REGISTRY_UNREACHABLE: 'check `registry.url`, the network policy and the registry itself',
  REGISTRY_TIMEOUT: 'check the load of the registry, or raise `registry.requestTimeout`',
  REGISTRY_UNAUTHORIZED: 'check `registry.auth` and the rights of this identity',
  REGISTRY_RESPONSE_INVALID:
    'check that `registry.url` is the base of a Confluent-compatible API, with no proxy answering in its place',
  REGISTRY_SCHEMA_UNKNOWN:
    'register the schema, or check that the producer and lethe use the same registry',
  REGISTRY_SCHEMA_TOO_LARGE: 'raise `service.limits.schemaBytes`, or split the schema',
  REGISTRY_REFERENCES_TOO_MANY: 'split the schema: it refers to more schemas than are followed',
  REGISTRY_TYPE_UNSUPPORTED: 'leave this topic out: lethe does not read this schema language',
  REGISTRY_INCOMPATIBLE:
    'relax the compatibility of the sanitized subject, or change the rules so that the output schema stays compatible',
  REGISTRY_REJECTED:
    'check the rights on the sanitized subject and its mode: the registry refused the request',
};

/** Codes after which the same call may succeed without anybody changing a schema or a rule. */
const retriable: ReadonlySet<RegistryErrorCode> = new Set([
  'REGISTRY_UNREACHABLE',
  'REGISTRY_TIMEOUT',
  'REGISTRY_UNAUTHORIZED',
  'REGISTRY_RESPONSE_INVALID',
]);

/** Every failure of the schema registry. Texts name the operation and the status, never a body, a header or a credential. */
export class RegistryError extends LetheError<RegistryErrorCode> {
  constructor(code: RegistryErrorCode, what: string, cause?: unknown) {
    super(code, `${what}: ${registryRemedies[code]}`, {
      retriable: retriable.has(code),
      ...(cause === undefined ? {} : { cause }),
    });
  }
}
