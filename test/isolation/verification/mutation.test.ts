/**
 * The proof of the proof: single edits of a correct set of policies. What an edit changes is told by the naive model, which shares no code
 * with the proof; `verify` must see every change and name the policy, and say nothing about edits that change nothing.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mostEdits, neutrals, policiesIn, slips, spread, type Edit } from './edits.ts';
import { allowed, changes } from './oracle.ts';
import { flows, generated, judge, people, read } from './verification-scene.ts';
import { atLeast, type Finding, type Severity } from '../../../src/isolation/findings/finding.ts';

const map = flows();
const base = policiesIn(generated(map));
const scope = new Set(map.scope);
const textOf = (policies: Edit['policies']): string =>
  policies.map((one) => JSON.stringify(one)).join('\n---\n');
const manifestsOf = (policies: Edit['policies']) =>
  read({ 'people.yaml': people, 'policies.yaml': textOf(policies) });
const idOf = ({ code, severity, subject, message }: Finding): string =>
  `${severity} ${code} ${subject}: ${message}`;
const names = (finding: Finding, culprit: string): boolean =>
  finding.subject === culprit ||
  finding.message.includes(culprit) ||
  finding.deciders.some(({ policy }) => policy === culprit);

const before = allowed(manifestsOf(base), scope);
const known = new Set(judge(textOf(base), { flows: map }).findings.map(idOf));
const findingsOf = ({ policies }: Edit): readonly Finding[] =>
  judge(textOf(policies), { flows: map }).findings.filter((one) => !known.has(idOf(one)));

const isReal = (connection: string): boolean => !/\/\*|elsewhere\//.test(connection);
const guarded = /> (kafka\/kafka-0|lethe\/lethe) |^lethe\/lethe >/;

/** How bad a change must be called at least: pods that nobody has started yet are worth a note. */
function gravity(opened: readonly string[], closed: readonly string[]): Severity {
  if (closed.some(isReal) || opened.some((one) => isReal(one) && guarded.test(one))) return 'error';
  return opened.some(isReal) ? 'warning' : 'note';
}

describe('single edits of a correct set of policies', () => {
  it('begin with a set that is verified and says nothing', () => {
    const { verified, findings } = judge(textOf(base), { flows: map });
    assert.deepEqual(findings, []);
    assert.equal(verified, true);
  });

  it('are seen and named wherever they change a verdict', (t) => {
    const [unseen, unnamed]: string[][] = [[], []];
    let [edits, opening, closing, still] = [0, 0, 0, 0];
    const all = [...slips(base)];
    for (const edit of spread(all, mostEdits)) {
      edits += 1;
      const { opened, closed } = changes(before, allowed(manifestsOf(edit.policies), scope));
      if (opened.length + closed.length === 0) {
        still += 1;
        continue;
      }
      if (opened.length > 0) opening += 1;
      if (closed.length > 0) closing += 1;
      const threshold = gravity(opened, closed);
      const findings = findingsOf(edit).filter(({ severity }) => atLeast(severity, threshold));
      const what = `${threshold} ${edit.name} (opens ${opened.length}: ${opened[0] ?? ''}; closes ${closed.length}: ${closed[0] ?? ''})`;
      if (findings.length === 0) unseen!.push(what);
      else if (edit.culprit !== null && !findings.some((one) => names(one, edit.culprit!)))
        unnamed!.push(`${what}: ${findings.map(idOf).join(' | ')}`);
    }
    t.diagnostic(
      `${edits} of ${all.length} edits: ${opening} open something, ${closing} close something, ${still} change no verdict`,
    );
    assert.deepEqual(unseen, []);
    assert.deepEqual(unnamed, []);
    assert.ok(edits - still >= 200, `only ${edits - still} edits change anything`);
  });

  it('pass without a word where they mean the same', (t) => {
    let edits = 0;
    for (const edit of neutrals(base)) {
      edits += 1;
      const { opened, closed } = changes(before, allowed(manifestsOf(edit.policies), scope));
      assert.deepEqual({ opened, closed }, { opened: [], closed: [] }, edit.name);
      assert.deepEqual(findingsOf(edit).map(idOf), [], edit.name);
    }
    t.diagnostic(`${edits} edits`);
    assert.ok(edits >= 60);
  });
});
