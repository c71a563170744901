/** Single edits of any object, made without knowing what it means: something taken away, a number or a text changed, a word turned into its opposite. */
import { refOf, without, type Edit, type PolicyText } from './edits.ts';

type Change = readonly [what: string, value: unknown];

const opposites: Readonly<Record<string, string>> = {
  Allow: 'Deny',
  Deny: 'Allow',
  Accept: 'Deny',
  Pass: 'Accept',
  TCP: 'UDP',
  UDP: 'TCP',
  Ingress: 'Egress',
  Egress: 'Ingress',
  Admin: 'Baseline',
  In: 'NotIn',
};

/** All edits below `spec` of every policy. */
export function* blindEdits(policies: readonly PolicyText[]): Generator<Edit> {
  for (const [at, policy] of policies.entries())
    for (const [what, spec] of changesOf(policy.spec, 'spec'))
      yield {
        name: `${refOf(policy)} ${what}`,
        culprit: refOf(policy),
        policies: policies.with(at, { ...policy, spec: spec as PolicyText['spec'] }),
      };
}

function* changesOf(value: unknown, path: string): Generator<Change> {
  if (Array.isArray(value))
    for (const [at, item] of value.entries()) {
      yield [`${path}[${at}] removed`, value.toSpliced(at, 1)];
      for (const [what, changed] of changesOf(item, `${path}[${at}]`))
        yield [what, value.with(at, changed)];
    }
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      yield [`${path}.${key} removed`, without(value, key)];
      for (const [what, changed] of [
        ...leaf(inner, `${path}.${key}`),
        ...changesOf(inner, `${path}.${key}`),
      ])
        yield [what, { ...value, [key]: changed }];
    }
}

function* leaf(value: unknown, path: string): Generator<Change> {
  if (typeof value === 'number') {
    yield [`${path} one more`, value + 1];
    yield [`${path} zero`, 0];
  } else if (typeof value === 'boolean') yield [`${path} negated`, !value];
  else if (typeof value === 'string') {
    const opposite = opposites[value];
    if (opposite !== undefined) yield [`${path} ${opposite}`, opposite];
    else if (value.includes('"')) {
      // A selector of Calico.
      yield [`${path} of another value`, value.replace(/"([^"]*)"/, '"$1x"')];
      yield [`${path} negated`, value.includes('==') ? value.replace('==', '!=') : `!(${value})`];
      yield [`${path} all()`, 'all()'];
    } else yield [`${path} changed`, `${value}x`];
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value))
    yield [`${path} emptied`, {}];
  else if (Array.isArray(value)) yield [`${path} emptied`, []];
}
