/** The commands of docs/kubernetes.md that check a deployment, as they stand there: a page that is not run is wrong one day. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { execute, type Executed } from '../rig/execute.ts';
import { helm } from '../rig/go-tools.ts';
import { scratch } from '../rig/scratch.ts';
import { snapshotOf, topic } from '../isolation/topology/cluster-fixture.ts';
import { at, listAt } from './chart.ts';

const home = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(home, 'docs', 'kubernetes.md'), 'utf8');

/** The blocks of a language after a line of text, in order. */
function blocks(language: string, after: string): readonly string[] {
  const from = page.indexOf(after);
  assert.notEqual(from, -1, after);
  return [...page.slice(from).matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(
    ([, name, text = '']) => (name === language ? [text] : []),
  );
}

const pod = (namespace: string, labels: string): string => `
apiVersion: v1
kind: Pod
metadata: { name: main, namespace: ${namespace}, labels: { ${labels} } }
spec: { containers: [{ name: main, image: none }] }
`;

/** The brokers, and who lives beside them. */
const world = [
  `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: kafka, namespace: kafka }
spec:
  replicas: 3
  serviceName: kafka
  selector: { matchLabels: { app: kafka } }
  template:
    metadata: { labels: { app: kafka, strimzi.io/cluster: main, strimzi.io/kind: Kafka } }
    spec: { containers: [{ name: kafka, image: none, ports: [{ containerPort: 9093 }] }] }
`,
  pod('kafka', 'app: stranger'),
  pod('crm', 'app: crm'),
  pod('lake', 'app: lake'),
  pod('registry', 'app: registry'),
  pod('kube-system', 'k8s-app: kube-dns'),
].join('---\n');

const hole = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: open, namespace: kafka }
spec: { podSelector: {}, ingress: [{}], egress: [{}] }
`;

/** What the page has the reader write, in two blocks of which the second goes on top of the first. */
function values(): unknown {
  const [first = ''] = blocks('yaml', 'What is to be done, in `my-values.yaml`');
  const [more = ''] = blocks('yaml', '## Fencing the brokers');
  const base = parse(first) as Readonly<Record<string, unknown>>;
  return {
    ...base,
    config: { ...(base['config'] as object), ...(at(parse(more), 'config') as object) },
  };
}

/** The raw topic on one broker, everything else on another. */
function snapshot(): object {
  const { clusters, ...rest } = snapshotOf();
  const brokers = [0, 1, 2].map((id) => ({ id, host: `kafka-${id}.kafka.svc`, port: 9093 }));
  const topics = [
    topic('raw.customers', [0]),
    ...['public.customers', 'lethe.quarantine', '__consumer_offsets', '__transaction_state'].map(
      (name) => topic(name, [1]),
    ),
  ];
  return { ...rest, clusters: { main: { ...clusters['main'], brokers, topics } } };
}

describe('the page about Kubernetes', () => {
  const folder = scratch('snippets');
  const file = (name: string): string => join(folder.path, name);
  const run = (script: string, env: Readonly<Record<string, string>> = {}): Promise<Executed> =>
    execute(['bash', '-e', '-o', 'pipefail', '-c', script], {
      cwd: folder.path,
      // Nothing of what is set here may be what makes it work.
      env: { PATH: `${file('bin')}:/usr/bin:/bin`, HOME: folder.path, ...env },
    });

  before(async () => {
    mkdirSync(file('bin'));
    mkdirSync(file('k8s'));
    mkdirSync(file('lethe/dist'), { recursive: true });
    mkdirSync(file('helm'));
    // A released Helm knows the version of Kubernetes that it was built for; one from source does not.
    const programs = {
      helm: `exec '${await helm()}' "$@" --kube-version 1.36.0`,
      node: `exec '${process.execPath}' "$@"`,
      lethe: `exec '${process.execPath}' '${join(home, 'src', 'main.ts')}' "$@"`,
      // What is applied stands beside the brokers from then on.
      kubectl: `[ "$*" = 'apply -f -' ] && cat > '${file('k8s/fence.yaml')}'`,
    };
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(file(`bin/${name}`), `#!/bin/sh\n${script}\n`);
      chmodSync(file(`bin/${name}`), 0o755);
    }
    writeFileSync(file('lethe/dist/main.js'), `import '${join(home, 'src', 'main.ts')}';\n`);
    writeFileSync(file('lethe/package.json'), '{ "type": "module" }\n');
    for (const at of ['helm/lethe', 'lethe/helm']) {
      const target = at === 'helm/lethe' ? join(home, 'helm', 'lethe') : join(home, 'helm');
      symlinkSync(target, file(at));
    }
    writeFileSync(file('my-values.yaml'), JSON.stringify(values()));
    writeFileSync(file('snapshot.json'), JSON.stringify(snapshot()));
    writeFileSync(file('k8s/world.yaml'), world);
  });

  after(() => folder.remove());

  it('fences the brokers with what Helm renders', async () => {
    const [commands = ''] = blocks('sh', '## Fencing the brokers');
    const offline = commands.split('\n').filter((line) => !line.endsWith('--cluster'));
    assert.equal(offline.length, commands.split('\n').length - 1, 'one asks the cluster');
    const { code, out, err } = await run(offline.join('\n'));
    assert.equal(code, 0, out + err);
    assert.match(readFileSync(file('k8s/fence.yaml'), 'utf8'), /lethe-broker-main-0-ingress/);
  });

  it('verifies what Helm renders beside the manifests of the brokers, from files and from a pipe', async () => {
    const [commands = ''] = blocks('sh', '## The check on every deployment');
    const { code, out, err } = await run(commands);
    assert.equal(code, 0, out + err);
    assert.equal(out.match(/^verified/gm)?.length, 2);
  });

  const github = (): string => {
    const [text = ''] = blocks('yaml', 'GitHub Actions:');
    const runs = listAt(parse(text), 'jobs', 'network', 'steps').filter(
      (step) => at(step, 'run') !== undefined && at(step, 'working-directory') === undefined,
    );
    assert.equal(runs.length, 1, 'the check alone, without the build before it');
    return String(at(runs[0], 'run'));
  };

  it('has a job for GitHub that ends well and leaves its findings as SARIF', async () => {
    const { code, out, err } = await run(github());
    assert.equal(code, 0, out + err);
    const sarif = JSON.parse(readFileSync(file('network.sarif'), 'utf8')) as unknown;
    assert.equal(at(sarif, 'version'), '2.1.0');
  });

  it('has a job for GitLab that ends well and leaves its findings as JUnit', async () => {
    const [text = ''] = blocks('yaml', 'GitLab:');
    const job = at(parse(text), 'network');
    const variables = at(job, 'variables') as Readonly<Record<string, string>>;
    assert.ok('LETHE' in variables);
    const script = listAt(job, 'script').join('\n');
    const { code, out, err } = await run(script, { ...variables, LETHE: file('lethe') });
    assert.equal(code, 0, out + err);
    assert.match(readFileSync(file('network.xml'), 'utf8'), /<testsuite/);
  });

  it('has jobs that fail where a policy of somebody else opens the raw brokers', async () => {
    writeFileSync(file('k8s/hole.yaml'), hole);
    const { code } = await run(github());
    assert.equal(code, 1);
    assert.match(readFileSync(file('network.sarif'), 'utf8'), /HOLE_BY_OTHERS/);
  });
});
