import { plainText } from './plain-text.ts';
import type { Decider } from './finding.ts';

/** `NetworkPolicy kafka/x ingress[0] (policies.yaml:12)`; a line of 0 means that there is no file, as for objects of a live cluster. */
export function deciderText({ policy, rule, origin }: Decider): string {
  const what = plainText(rule === null ? policy : `${policy} ${rule}`);
  const where = origin.line > 0 ? `${origin.file}:${origin.line}` : origin.file;
  return where === '' ? what : `${what} (${plainText(where)})`;
}
