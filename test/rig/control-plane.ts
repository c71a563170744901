/**
 * A real Kubernetes control plane without containers: kube-apiserver with etcd inside its process and, if wanted, kube-controller-manager.
 * Nothing runs what it is told to run: pods stay what the test says about them.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, type Authority } from './certificates.ts';
import { kubernetes } from './go-tools.ts';
import { kubernetesDefinitions } from './kubernetes-definitions.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { kubectlOf, type Kubectl } from './kubectl.ts';
import { freePorts, until } from './ports.ts';
import { startWatched, type WatchedProcess } from './process.ts';
import { scratch } from './scratch.ts';

export interface ControlPlaneOptions {
  /** Also runs kube-controller-manager: owners make their pods, service accounts come into being, namespaces go. */
  readonly controllers?: boolean;
  /** Also creates the custom resources of ClusterNetworkPolicy and Cilium. */
  readonly customResources?: boolean;
  /** Words in front of every command, such as those that enter a network namespace; its ports are taken as free then. */
  readonly enter?: readonly string[];
}

export interface ControlPlane extends Kubectl {
  /** `https://127.0.0.1:4711`. */
  readonly url: string;
  /** File for an administrator. */
  readonly kubeconfig: string;
  /** PEM of the key that signs tokens of service accounts, for tokens that the API server would not issue. */
  readonly accountKey: string;
  /** Makes a file for whoever holds the token. @returns its path. */
  kubeconfigFor(name: string, token: string): string;
  /** Ends the API server without a goodbye, data kept: as if the machine was gone. */
  kill(): Promise<void>;
  /** Starts the API server again after `kill`, with its data, its identity and all tokens as they were. */
  start(): Promise<void>;
  /** Stops all, removes all data. */
  stop(): Promise<void>;
}

type Launch = () => Promise<WatchedProcess>;

interface Setting {
  readonly folder: string;
  readonly program: string;
  readonly enter: readonly string[];
  readonly port: number;
  readonly controllerPort: number;
  readonly etcdPorts: readonly [client: number, peer: number];
  readonly url: string;
  readonly kubeconfig: string;
}

const HOST = '127.0.0.1';
/** Where nobody else listens: a network namespace of one's own. */
const PORTS = [6443, 10257, 2379, 2380] as const;

/** Starts it and waits until it is ready: about five seconds. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { controllers = true, customResources = false, enter = [] } = options;
  const folder = scratch('control-plane');
  const processes: Pick<WatchedProcess, 'kill'>[] = [];
  const stop = async (): Promise<void> => {
    // Killed, not stopped: the data goes with them.
    await Promise.all(processes.map((process) => process.kill()));
    folder.remove();
  };
  try {
    const [port, controllerPort, client, peer] = (
      enter.length > 0 ? PORTS : await freePorts(4)
    ) as readonly [number, number, number, number];
    const setting: Setting = {
      folder: folder.path,
      program: await kubernetes(),
      enter,
      port,
      controllerPort,
      etcdPorts: [client, peer],
      url: `https://${HOST}:${port}`,
      kubeconfig: join(folder.path, 'admin.kubeconfig'),
    };
    const authority = await createAuthority(folder.path);
    const launch = await prepareServer(setting, authority);
    const server = { process: await launch(), launch };
    // Whichever of them runs at the end.
    processes.push({ kill: () => server.process.kill() });
    if (controllers) processes.push(await startControllers(setting));
    const plane = handle(setting, authority, server, stop);
    if (customResources) await createCustomResources(plane);
    // The controller-manager makes it; pods are refused before.
    if (controllers)
      await until('the default service account', async () => {
        const { code } = await plane.tryKubectl(['get', 'serviceaccount', 'default']);
        return code === 0;
      });
    return plane;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Writes what the server needs. @returns what starts it and waits until it is ready. */
async function prepareServer(setting: Setting, authority: Authority): Promise<Launch> {
  const { folder, etcdPorts, port, kubeconfig } = setting;
  const { certificateFile, keyFile } = await authority.issue('kube-apiserver', [HOST]);
  const accounts = await authority.issue('accounts');
  const token = randomBytes(16).toString('hex');
  writeFileSync(join(folder, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`);
  writeKubeconfig(kubeconfig, { url: setting.url, authority, token });
  mkdirSync(join(folder, 'etcd'), { mode: 0o700 });
  const [client, peer] = etcdPorts.map((etcdPort) => `http://${HOST}:${etcdPort}`);
  return async () => {
    const server = await startProgram(
      setting,
      'kube-apiserver',
      [
        `--bind-address=${HOST}`,
        `--advertise-address=${HOST}`,
        `--secure-port=${port}`,
        `--tls-cert-file=${certificateFile}`,
        `--tls-private-key-file=${keyFile}`,
        `--cert-dir=${join(folder, 'certificates')}`,
        `--service-account-key-file=${accounts.certificateFile}`,
        `--service-account-signing-key-file=${accounts.keyFile}`,
        '--service-account-issuer=https://kubernetes.default.svc',
        '--service-cluster-ip-range=10.96.0.0/16',
        `--token-auth-file=${join(folder, 'tokens.csv')}`,
        '--authorization-mode=RBAC',
        '--anonymous-auth=false',
        // Of what the pods of a test say about themselves nothing is added to.
        '--disable-admission-plugins=ServiceAccount',
        '--allow-privileged=true',
        '--endpoint-reconciler-type=none',
        '--profiling=false',
      ],
      { RIG_ETCD_FOLDER: join(folder, 'etcd'), RIG_ETCD_CLIENT: client!, RIG_ETCD_PEER: peer! },
    );
    await until('kube-apiserver to be ready', async () => {
      if (!server.running)
        throw new Error(`kube-apiserver ended:\n${tail(setting, 'kube-apiserver')}`);
      const { code, out } = await kubectlOf(setting).tryKubectl(['get', '--raw=/readyz']);
      return code === 0 && out === 'ok';
    });
    return server;
  };
}

function startControllers(setting: Setting): Promise<WatchedProcess> {
  return startProgram(setting, 'kube-controller-manager', [
    `--kubeconfig=${setting.kubeconfig}`,
    `--bind-address=${HOST}`,
    `--secure-port=${setting.controllerPort}`,
    `--cert-dir=${join(setting.folder, 'controller-certificates')}`,
    '--leader-elect=false',
    '--profiling=false',
  ]);
}

function startProgram(
  { program, enter, folder }: Setting,
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<WatchedProcess> {
  const log = join(folder, `${name}.log`);
  return startWatched({ command: program, enter, args: [name, ...args], log, env });
}

function handle(
  setting: Setting,
  authority: Authority,
  server: { process: WatchedProcess; readonly launch: Launch },
  stop: () => Promise<void>,
): ControlPlane {
  const { url, kubeconfig, folder } = setting;
  return {
    url,
    kubeconfig,
    ...kubectlOf(setting),
    kubeconfigFor(name, token) {
      const file = join(folder, `${name}.kubeconfig`);
      writeKubeconfig(file, { url, authority, token });
      return file;
    },
    accountKey: readFileSync(join(folder, 'accounts.key'), 'utf8'),
    kill: () => server.process.kill(),
    async start() {
      server.process = await server.launch();
    },
    stop,
  };
}

async function createCustomResources(plane: ControlPlane): Promise<void> {
  const { customResources } = await kubernetesDefinitions();
  const files = customResources.flatMap((file) => ['-f', file]);
  await plane.kubectl(['create', ...files]);
  await plane.kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...files]);
}

function tail({ folder }: Setting, name: string): string {
  return readFileSync(join(folder, `${name}.log`), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(-15)
    .join('\n');
}
