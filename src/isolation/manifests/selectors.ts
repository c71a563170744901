import type { Field } from './field.ts';
import { everything, type Predicate } from './labels.ts';

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/**
 * Parses a Kubernetes LabelSelector. The empty selector matches everything; so does an absent one, for whoever asks for it.
 * `NotIn` and `DoesNotExist` also match objects without the key (apimachinery, labels.Requirement.Matches).
 */
export function parseLabelSelector(field: Field): Predicate {
  field.only('matchLabels', 'matchExpressions');
  const parts: Predicate[] = [];
  for (const [key, value] of field.at('matchLabels').labels())
    parts.push({ kind: 'in', key, values: [value] });
  for (const item of field.at('matchExpressions').items()) parts.push(parseRequirement(item));
  if (parts.length === 0) return everything;
  return parts.length === 1 ? parts[0]! : { kind: 'all', of: parts };
}

function parseRequirement(item: Field): Predicate {
  item.only('key', 'operator', 'values');
  const key = item.at('key').required();
  const operator = item.at('operator').choice(operators);
  const values = item.at('values').texts();
  item.at('operator').need();
  const wantsValues = operator === 'In' || operator === 'NotIn';
  if (operator !== undefined && wantsValues !== values.length > 0) {
    const message = `${wantsValues ? 'list at least one value' : 'remove the values'} for operator "${operator}"`;
    item.complain('error', 'INVALID_FIELD', message);
  }
  switch (operator) {
    case 'In':
      return { kind: 'in', key, values };
    case 'NotIn':
      return { kind: 'not', of: { kind: 'in', key, values } };
    case 'Exists':
      return { kind: 'has', key };
    case 'DoesNotExist':
      return { kind: 'not', of: { kind: 'has', key } };
    case undefined:
      return { kind: 'any', of: [] }; // complained about above: an unreadable condition selects nothing
  }
}
