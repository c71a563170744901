/**
 * A real Kubernetes of one node with real containers, in a sandbox that leaves the machine alone: kube-apiserver with etcd, kube-controller-manager,
 * kube-scheduler, containerd, kubelet, kube-proxy, CoreDNS, and kube-router, which enforces NetworkPolicy.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, type Authority } from '../certificates.ts';
import { administrationPath, installPackages } from '../debian-packages.ts';
import { demand, execute, type Executed } from '../execute.ts';
import { helm, kubernetes, kubeRouter } from '../go-tools.ts';
import { corednsImage, pauseImage, type BuiltImage } from '../images/images.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { kubectlOf, type Kubectl } from '../kubectl.ts';
import { until } from '../ports.ts';
import { containerRuntime, type ContainerRuntime } from './container-runtime.ts';
import { nameService } from './name-service.ts';
import {
  CONTAINERD,
  DNS_ADDRESS,
  NODE_ADDRESS,
  NODE_NAME,
  POD_RANGE,
  SERVICE_RANGE,
  writeNodeSettings,
} from './node-settings.ts';
import { openNode, type NodeSandbox } from './node-sandbox.ts';

export interface Cluster extends Kubectl {
  /** Seen from the node and from pods. */
  readonly url: string;
  /** File for an administrator, for programs on the node. */
  readonly kubeconfig: string;
  readonly node: NodeSandbox;
  /** Gives images to the node; pods name them with `imagePullPolicy: Never` or `IfNotPresent`. */
  load(images: readonly BuiltImage[]): Promise<void>;
  /** Runs a program on the node, with the administrator's kubeconfig. */
  run(command: readonly [string, ...string[]], input?: string): Promise<Executed>;
  /** Runs helm as an administrator. @throws Error with its complaint. */
  helm(args: readonly string[], input?: string): Promise<string>;
  /** Ends all, removes all data. */
  stop(): Promise<void>;
}

const URL = `https://${NODE_ADDRESS}:6443`;
const STORE = ['http://127.0.0.1:2379', 'http://127.0.0.1:2380'] as const;

/** Users of the API and their groups, each with a token. */
const users = {
  admin: ['admin', 'system:masters'],
  controllers: ['system:kube-controller-manager', ''],
  scheduler: ['system:kube-scheduler', ''],
  proxy: ['system:kube-proxy', ''],
  node: [`system:node:${NODE_NAME}`, 'system:nodes'],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;
type User = keyof typeof users;

/** Starts it and waits until pods can run and have names: 10 to 20 seconds. */
export async function startCluster(): Promise<Cluster> {
  await installPackages();
  const [program, router, helmProgram, runtime, pause, coredns] = [
    await kubernetes(),
    await kubeRouter(),
    await helm(),
    await containerRuntime(),
    await pauseImage(),
    await corednsImage(),
  ];
  const node = await openNode(NODE_ADDRESS, DNS_ADDRESS);
  try {
    const authority = await createAuthority(node.folder);
    const kubeconfigs = writeUsers(node.folder, authority);
    const settings = writeNodeSettings(node.folder, {
      runtime,
      pauseImage: pause.name,
      controlGroup: node.controlGroup.name,
      authority: authority.certificateFile,
      proxyKubeconfig: kubeconfigs.proxy,
    });
    const administrator = kubectlOf({
      program,
      kubeconfig: kubeconfigs.admin,
      enter: node.enter,
    });
    const { kubectl, tryKubectl, apply } = administrator;
    const load: Cluster['load'] = async (images) => {
      for (const { archive } of images) await importImage(node, runtime, archive);
    };
    const env = { ...process.env, KUBECONFIG: kubeconfigs.admin, PATH: administrationPath };
    await node.start('containerd', runtime.containerd, ['--config', settings.containerd], {
      PATH: `${runtime.shims}:${administrationPath}`,
    });
    await startServer(node, program, authority);
    await until('kube-apiserver to be ready', async () => {
      const { code, out } = await tryKubectl(['get', '--raw=/readyz']);
      return code === 0 && out === 'ok';
    });
    await startControllers(node, program, kubeconfigs, authority);
    await until('containerd', async () => {
      const { code } = await ctr(node, runtime, ['version']);
      return code === 0;
    });
    await load([pause, coredns]);
    await node.start('kubelet', program, [
      ...['kubelet', `--config=${settings.kubelet}`, `--kubeconfig=${kubeconfigs.node}`],
      ...[`--hostname-override=${NODE_NAME}`, `--node-ip=${NODE_ADDRESS}`],
      ...['--root-dir=/var/lib/kubelet', '--cert-dir=/var/lib/kubelet/pki'],
    ]);
    await node.start('kube-proxy', program, ['kube-proxy', `--config=${settings.proxy}`]);
    const ready = ['-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'];
    await until('the node to be ready', async () => {
      const { out } = await tryKubectl(['get', 'node', NODE_NAME, ...ready]);
      return out === 'True';
    });
    await node.start('kube-router', router, [
      `--kubeconfig=${kubeconfigs.admin}`,
      `--hostname-override=${NODE_NAME}`,
      ...['--run-router=false', '--run-firewall=true', '--run-service-proxy=false'],
      ...['--run-loadbalancer=false', '--enable-cni=false'],
      ...[`--service-cluster-ip-range=${SERVICE_RANGE}`, '--metrics-port=0', '--health-port=0'],
      '-v=1',
    ]);
    await apply(JSON.stringify(nameService(coredns.name)));
    await kubectl([
      '-n',
      'kube-system',
      'rollout',
      'status',
      'deployment/coredns',
      '--timeout=60s',
    ]);
    return {
      url: URL,
      kubeconfig: kubeconfigs.admin,
      node,
      ...administrator,
      load,
      run: (command, input = '') =>
        execute([...node.enter, ...command] as unknown as [string, ...string[]], { env, input }),
      helm: (args, input = '') =>
        demand([...node.enter, helmProgram, ...args] as unknown as [string, ...string[]], {
          // Its own folders would be made in the home folder.
          env: { ...env, ...helmFolders(node.folder) },
          input,
          patience: 180_000,
        }),
      stop: () => node.close(),
    };
  } catch (error) {
    const logs = ['containerd', 'kube-apiserver', 'kubelet'].map((name) => tail(node.folder, name));
    await node.close();
    throw new Error(`Cannot start the cluster:\n${logs.join('\n')}`, { cause: error });
  }
}

function writeUsers(folder: string, authority: Authority): Readonly<Record<User, string>> {
  const tokens: string[] = [];
  const files = Object.entries(users).map(([user, [name, group]]) => {
    const token = randomBytes(16).toString('hex');
    tokens.push(`${token},${name},${user}${group === '' ? '' : `,"${group}"`}\n`);
    const file = join(folder, `${user}.kubeconfig`);
    writeKubeconfig(file, { url: URL, authority, token });
    return [user, file] as const;
  });
  writeFileSync(join(folder, 'tokens.csv'), tokens.join(''), { mode: 0o600 });
  return Object.fromEntries(files) as Readonly<Record<User, string>>;
}

async function startServer(
  node: NodeSandbox,
  program: string,
  authority: Authority,
): Promise<void> {
  const server = await authority.issue('kube-apiserver', [
    ...[NODE_ADDRESS, '10.96.0.1', '127.0.0.1'],
    ...['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
    'kubernetes.default.svc.cluster.local',
  ]);
  // What kubelet lets read logs and run commands in pods.
  const client = await authority.issue('kube-apiserver-client', [], 'system:masters');
  const accounts = await authority.issue('accounts');
  mkdirSync(join(node.folder, 'etcd'), { mode: 0o700 });
  await node.start(
    'kube-apiserver',
    program,
    [
      'kube-apiserver',
      '--bind-address=0.0.0.0',
      `--advertise-address=${NODE_ADDRESS}`,
      '--secure-port=6443',
      `--tls-cert-file=${server.certificateFile}`,
      `--tls-private-key-file=${server.keyFile}`,
      `--kubelet-client-certificate=${client.certificateFile}`,
      `--kubelet-client-key=${client.keyFile}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--service-account-key-file=${accounts.certificateFile}`,
      `--service-account-signing-key-file=${accounts.keyFile}`,
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-cluster-ip-range=${SERVICE_RANGE}`,
      `--token-auth-file=${join(node.folder, 'tokens.csv')}`,
      `--cert-dir=${join(node.folder, 'certificates')}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--anonymous-auth=false',
      '--profiling=false',
    ],
    {
      RIG_ETCD_FOLDER: join(node.folder, 'etcd'),
      RIG_ETCD_CLIENT: STORE[0],
      RIG_ETCD_PEER: STORE[1],
    },
  );
}

async function startControllers(
  node: NodeSandbox,
  program: string,
  kubeconfigs: Readonly<Record<User, string>>,
  authority: Authority,
): Promise<void> {
  const as = (user: User): readonly string[] =>
    ['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(
      (option) => `--${option}=${kubeconfigs[user]}`,
    );
  await node.start('kube-controller-manager', program, [
    'kube-controller-manager',
    ...as('controllers'),
    `--service-account-private-key-file=${join(node.folder, 'accounts.key')}`,
    `--root-ca-file=${authority.certificateFile}`,
    ...['--use-service-account-credentials=true', '--leader-elect=false', '--profiling=false'],
    ...['--allocate-node-cidrs=true', `--cluster-cidr=${POD_RANGE}`, '--secure-port=0'],
  ]);
  await node.start('kube-scheduler', program, [
    'kube-scheduler',
    ...as('scheduler'),
    ...['--leader-elect=false', '--profiling=false', '--secure-port=0'],
  ]);
}

async function importImage(
  node: NodeSandbox,
  runtime: ContainerRuntime,
  archive: string,
): Promise<void> {
  const { code, err } = await ctr(node, runtime, ['-n', 'k8s.io', 'images', 'import', archive]);
  if (code !== 0) throw new Error(`Cannot give the node the image ${archive}:\n${err}`);
}

const ctr = (
  { enter }: NodeSandbox,
  runtime: ContainerRuntime,
  args: readonly string[],
): Promise<Executed> =>
  execute([...enter, runtime.ctr, '--address', CONTAINERD, ...args] as unknown as [
    string,
    ...string[],
  ]);

const helmFolders = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ['CACHE', 'CONFIG', 'DATA'].map((kind) => [`HELM_${kind}_HOME`, join(folder, 'helm', kind)]),
  );

function tail(folder: string, name: string): string {
  try {
    const lines = readFileSync(join(folder, `${name}.log`), 'utf8')
      .trimEnd()
      .split('\n');
    return `${name}:\n${lines.slice(-10).join('\n')}`;
  } catch {
    return `${name}: not started`;
  }
}
