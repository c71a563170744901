/**
 * Edits of policies of the other flavours. What an edit changes is told by the difference of the two lists of connections; a change must
 * be seen and the policy named, and what no longer parses must not be called verified.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generate } from '../../../src/isolation/policies/generate.ts';
import { diffConnections } from '../../../src/isolation/reachability/diff.ts';
import { blindEdits } from './blind-edits.ts';
import { mostEdits, policiesIn, refOf, spread, type Edit, type PolicyText } from './edits.ts';
import { flows, judge, people, read } from './verification-scene.ts';
import { atLeast, type Finding } from '../../../src/isolation/findings/finding.ts';

const most = Math.ceil(mostEdits / 5);

const map = flows();
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
/** Where a rule is gone only the policy that now denies is left to be named. */
const takenAway = ({ name }: Edit, { code, deciders }: Finding): boolean =>
  /(removed|emptied)$/.test(name) && code === 'MISSING_FLOW' && deciders.length > 0;
/** Scope and parties of the scene: what strangers do among themselves is nobody's concern. */
const concerns = (label: string): boolean => /^(kafka|lethe)\//.test(label);

/** Names by which the evaluator tells Calico's kind from that of Kubernetes. */
const evaluated = (policy: PolicyText): string =>
  refOf(policy).replace(
    /^NetworkPolicy/,
    policy.apiVersion.includes('calico') ? 'CalicoNetworkPolicy' : 'NetworkPolicy',
  );

for (const flavour of ['clusternetworkpolicy', 'cilium', 'calico'] as const)
  describe(`single edits of a correct set of ${flavour}`, () => {
    const base = policiesIn(
      generate(map, { flavour })
        .files.filter(({ path }) => path !== 'kustomization.yaml')
        .map(({ text }) => text)
        .join('\n---\n'),
    );
    const before = manifestsOf(base);
    const first = judge(textOf(base), { flows: map });
    const known = new Set(first.findings.map(idOf));
    const kinds = new Map(base.map((one) => [refOf(one), evaluated(one)]));

    it('begin with a set that is verified', () => {
      assert.deepEqual(
        first.findings.filter(({ severity }) => severity === 'error'),
        [],
      );
      assert.equal(first.verified, true);
    });

    it('are seen and named wherever they change a connection', (t) => {
      const [unseen, unnamed, passed]: string[][] = [[], [], []];
      let [changing, unreadable] = [0, 0];
      const all = [...blindEdits(base)];
      for (const edit of spread(all, most)) {
        const after = manifestsOf(edit.policies);
        const { verified, findings } = judge(textOf(edit.policies), { flows: map });
        if (after.complaints.some(({ severity }) => severity === 'error')) {
          unreadable += 1;
          if (verified) passed!.push(edit.name);
          continue;
        }
        const differences = diffConnections(before, after).filter(
          ({ source, destination }) => concerns(source) || concerns(destination),
        );
        if (differences.length === 0) continue;
        changing += 1;
        const [one] = differences;
        const what = `${edit.name} (${one!.kind} ${one!.source} => ${one!.destination}: ${one!.before.toString()} / ${one!.after.toString()})`;
        const found = findings.filter(
          (finding) => !known.has(idOf(finding)) && atLeast(finding.severity, 'warning'),
        );
        if (found.length === 0) unseen!.push(what);
        else if (
          !found.some(
            (finding) => names(finding, kinds.get(edit.culprit!)!) || takenAway(edit, finding),
          )
        )
          unnamed!.push(`${what}: ${found.map(idOf).join(' | ')}`);
      }
      t.diagnostic(
        `${Math.min(most, all.length)} of ${all.length} edits: ${changing} change a connection, ${unreadable} are refused`,
      );
      assert.deepEqual(passed, [], 'verified although it was not understood');
      assert.deepEqual(unseen, []);
      assert.deepEqual(unnamed, []);
      assert.ok(changing > 0);
    });
  });
