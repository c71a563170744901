import { digestOf } from '../../foundation/digest.ts';
import type { TechniqueSpec } from '../rules/technique-spec.ts';

/** A technique with the domain that its key is derived for. */
export interface Keyed {
  readonly spec: TechniqueSpec;
  /** Empty for techniques without a key. */
  readonly domain: string;
  /** Whether the operator named the domain, so that other fields may share it. */
  readonly shared: boolean;
}

const longestDomain = 128;

/**
 * Resolves the domain of a keyed technique. Without a name the domain is `<scope>.<path>`, which is unique to the field of that schema, so
 * that nothing can be joined by accident; a longer one is replaced by its digest.
 */
export function withDomain(spec: TechniqueSpec, scope: string, path: string): Keyed {
  switch (spec.technique) {
    case 'pseudonymize':
    case 'encrypt':
    case 'encrypt-deterministic':
    case 'shift-date': {
      const domain = spec.domain ?? defaultDomain(scope, path);
      return { spec: { ...spec, domain }, domain, shared: spec.domain !== undefined };
    }
    case 'keep':
    case 'suppress':
    case 'drop-record':
    case 'constant':
    case 'mask':
    case 'bucket':
    case 'round':
    case 'truncate-date':
    case 'truncate-ip':
      return { spec, domain: '', shared: false };
  }
}

function defaultDomain(scope: string, path: string): string {
  const domain = scope === '' ? path : `${scope}.${path}`;
  return domain.length <= longestDomain ? domain : `sha256:${digestOf(domain)}`;
}
