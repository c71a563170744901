/**
 * The list of connections beside that of netpol-analyzer, byte for byte, on random clusters. `LETHE_FUZZ_SEED` and
 * `LETHE_FUZZ_CASES` choose others; what both judges are known to see differently is told in `docs/network/judges.md`.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { renderConnections } from '../../src/isolation/reachability/connections.ts';
import { Reachability } from '../../src/isolation/reachability/reachability.ts';
import { parseManifests } from '../../src/isolation/manifests/manifests.ts';
import { netpolAnalyzer } from '../rig/go-tools.ts';
import { asAnalyzerPrints } from './analyzer-list.ts';
import { joinRanges } from './join-ranges.ts';
import { boilDown } from './boil-down.ts';
import { randomManifests, type RandomManifests } from './random-manifests.ts';

const seed = Number(process.env['LETHE_FUZZ_SEED'] ?? 20_260_731);
const count = Number(process.env['LETHE_FUZZ_CASES'] ?? 2_000);
const execute = promisify(execFile);

interface File {
  readonly name: string;
  readonly text: string;
}

function filesOf({ objects, form }: RandomManifests): readonly File[] {
  switch (form) {
    case 'yaml': {
      const texts = objects.map((one) =>
        stringify(one, { version: '1.1', aliasDuplicateObjects: false }),
      );
      return [{ name: 'all.yaml', text: texts.join('---\n') }];
    }
    case 'json':
      return objects.map((one, at) => ({ name: `${at}.json`, text: JSON.stringify(one) }));
    case 'list': {
      const list = { apiVersion: 'v1', kind: 'List', items: objects };
      return [{ name: 'all.json', text: JSON.stringify(list) }];
    }
  }
}

function ours(files: readonly File[]): string {
  const manifests = parseManifests(files);
  const errors = manifests.complaints.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return `refused: ${errors.map(({ message }) => message).join('; ')}\n`;
  return asAnalyzerPrints([...renderConnections(new Reachability(manifests))].join(''));
}

/** As they stand in JSON. */
const features = [
  ...['In', 'NotIn', 'Exists', 'DoesNotExist'].map((one) => `"operator":"${one}"`),
  ...['matchLabels', 'matchExpressions', 'namespaceSelector', 'ipBlock', 'except', 'endPort'].map(
    (one) => `"${one}":`,
  ),
  ...['TCP', 'UDP', 'SCTP'].map((one) => `"protocol":"${one}"`),
  ...['web', 'dns', 'metrics', 'nowhere'].map((one) => `"port":"${one}"`),
  ...['["Ingress"]', '["Egress"]', '["Ingress","Egress"]', '[]'].map(
    (one) => `"policyTypes":${one}`,
  ),
  ...['ingress', 'egress'].flatMap((one) => [`"${one}":[]`, `"${one}":null`, `"${one}":[{`]),
  ...['from', 'to', 'ports'].flatMap((one) => [`"${one}":[]`, `"${one}":[{`]),
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController'].map(
    (one) => `"kind":"${one}"`,
  ),
  ...['Job', 'CronJob', 'Pod', 'Namespace', 'NetworkPolicy'].map((one) => `"kind":"${one}"`),
  ...['"replicas":0', '"replicas":3', '"parallelism":', '"ownerReferences":', '"name":"c2"'],
  ...['"podSelector":{}', '"namespaceSelector":{}', '"kubernetes.io/metadata.name":'],
];

describe('netpol-analyzer', () => {
  let binary = '';
  let folder = '';
  before(async () => {
    binary = await netpolAnalyzer((line) => console.error(line));
    folder = mkdtempSync(join(tmpdir(), 'lethe-differential-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function theirs(index: number, files: readonly File[]): Promise<string> {
    const place = join(folder, String(index));
    mkdirSync(place);
    for (const { name, text } of files) writeFileSync(join(place, name), text);
    try {
      const { stdout, stderr } = await execute(binary, ['list', '--dirpath', place]);
      // What it can't read it leaves out and goes on.
      return /\berr(or)?\b/i.test(stderr) ? `refused: ${stderr}\n` : asAnalyzerPrints(stdout);
    } catch (error) {
      return `refused: ${(error as { stderr?: string }).stderr ?? String(error)}\n`;
    } finally {
      rmSync(place, { recursive: true });
    }
  }

  /** Whether both judges answer, and differently; a case that one of them refuses says nothing about verdicts. */
  async function differs(one: RandomManifests, index: number): Promise<boolean> {
    const files = filesOf(one);
    const [a, b] = [ours(files), await theirs(index, files)];
    return joinRanges(a) !== joinRanges(b) && !a.startsWith('refused') && !b.startsWith('refused');
  }

  it('is asked about every feature that it knows', () => {
    const text = JSON.stringify(fc.sample(randomManifests, { seed, numRuns: count }));
    for (const feature of features) {
      const times = text.split(feature).length - 1;
      assert.ok(times >= count / 50, `${feature} stands ${times} times in ${count} cases`);
    }
  });

  it(`gives the same lists for ${count} random clusters of seed ${seed}`, async (t) => {
    const cases = fc.sample(randomManifests, { seed, numRuns: count });
    const different: number[] = [];
    let [next, connections, empty, finer] = [0, 0, 0, 0];
    const worker = async (): Promise<void> => {
      for (let index = next++; index < cases.length; index = next++) {
        const files = filesOf(cases[index]!);
        const list = ours(files);
        const judged = await theirs(index, files);
        if (joinRanges(list) !== joinRanges(judged)) different.push(index);
        else if (list !== judged) finer += 1;
        connections += list.split('\n').length - 1;
        if (list === '') empty += 1;
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, worker));
    t.diagnostic(
      `${connections} connections compared; ${empty} lists are empty, ${finer} cut ranges in other places`,
    );
    assert.ok(connections > 5 * count, `too few connections to mean anything: ${connections}`);
    const [first] = different.toSorted((a, b) => a - b);
    if (first === undefined) return;
    const objects = await boilDown(cases[first]!.objects, (some) =>
      differs({ form: 'list', objects: some }, count),
    );
    const small = filesOf({ form: 'list', objects });
    assert.equal(
      ours(small),
      await theirs(count, small),
      `${different.length} of ${count} differ; the first, case ${first}, boiled down:\n${JSON.stringify(objects, null, 1)}`,
    );
  });
});
