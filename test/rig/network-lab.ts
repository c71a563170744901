/**
 * Packets under a real enforcer of NetworkPolicy without containers. One node: a network sandbox in which kube-router reads a real API server
 * and writes the firewall. Each pod is a network namespace of that sandbox, and an object of the API server that says it runs.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from './agent.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { administrationPath, installPackages } from './debian-packages.ts';
import { kubeRouter } from './go-tools.ts';
import { namespaceObject, nodeObjects, podObjects, type PodSpec } from './lab-objects.ts';
import {
  addressScript,
  forwardScript,
  hostScript,
  NODE,
  nodeScript,
  podScript,
  removeScript,
  type Wired,
} from './lab-wiring.ts';
import { openSandbox, type NetworkSandbox } from './network-sandbox.ts';
import { until } from './ports.ts';
import { startWatched, type WatchedProcess } from './process.ts';

export type { PodSpec } from './lab-objects.ts';

/** A network namespace at work. */
export interface Place extends Wired {
  /** Words in front of a command that is to run there. */
  readonly enter: readonly [string, ...string[]];
  /** Connects and listens there. */
  readonly agent: Agent;
}

export interface Pod extends Place {
  readonly spec: PodSpec;
}

export interface NetworkLab {
  readonly plane: ControlPlane;
  readonly sandbox: NetworkSandbox;
  /** On the network of the node itself. */
  readonly node: Place;
  readonly pods: readonly Pod[];
  /** Makes a namespace, or labels it anew. */
  namespace(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
  /** Makes pods: cables first, objects then. They run at once; their firewall follows, see {@link enforced}. */
  addPods(specs: readonly PodSpec[]): Promise<readonly Pod[]>;
  /** Makes the cables of a pod that no object tells of yet. */
  wire(spec: PodSpec): Promise<Pod>;
  /** Tells the API server of a pod that is {@link wire}d. */
  announce(pods: readonly Pod[]): Promise<void>;
  removePod(pod: Pod): Promise<void>;
  /** A host beside the node, such as another node. */
  addHost(name: string): Promise<Place>;
  /** Gives a host one more address, such as one of the world. */
  addAddress(host: Place, address: string): Promise<void>;
  /** A port of a virtual address that leads to a pod, as a Service does. */
  forward(rule: Parameters<typeof forwardScript>[0]): Promise<void>;
  /** Does something that changes the firewall and waits until kube-router has written it. @returns ms that passed after the change was accepted. */
  enforced(change: () => Promise<unknown>): Promise<number>;
  stop(): Promise<void>;
}

/** kube-router waits this long for more changes, and a sync that began before ours may end after it. */
const QUIET = 700;

/** Starts API server, node and enforcer: about ten seconds. */
export async function startNetworkLab(): Promise<NetworkLab> {
  await installPackages();
  const sandbox = await openSandbox();
  const ends: (() => Promise<unknown>)[] = [() => sandbox.close()];
  const stop = async (): Promise<void> => {
    // In reverse: the sandbox last.
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    await sandbox.run(nodeScript);
    const plane = await startControlPlane({ controllers: false, enter: sandbox.enter });
    ends.push(() => plane.stop());
    const [node, status] = nodeObjects();
    await plane.apply(JSON.stringify(node));
    // An apply would refuse two addresses of one type.
    const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify(status)];
    await plane.kubectl(['patch', 'node', NODE.name, ...patch]);
    const router = await startRouter(sandbox, plane);
    ends.push(() => router.process.kill());
    return lab({ sandbox, plane, router, ends, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Router {
  readonly process: WatchedProcess;
  /** How often it has written the firewall. */
  readonly syncs: () => number;
}

async function startRouter(sandbox: NetworkSandbox, plane: ControlPlane): Promise<Router> {
  const log = join(sandbox.folder, 'kube-router.log');
  const process = await startWatched({
    command: await kubeRouter(),
    enter: sandbox.enter,
    args: [
      `--kubeconfig=${plane.kubeconfig}`,
      ...['--run-firewall=true', '--run-router=false', '--run-service-proxy=false'],
      ...['--run-loadbalancer=false', '--enable-cni=false'],
      ...['--enable-ipv4=true', '--enable-ipv6=true'],
      `--hostname-override=${NODE.name}`,
      ...['--service-cluster-ip-range=10.96.0.0/16', '--service-cluster-ip-range=fd00:96::/112'],
      ...['--health-port=0', '--metrics-port=0', '-v=1'],
    ],
    log,
    env: { PATH: administrationPath },
  });
  const syncs = (): number => readFileSync(log, 'utf8').split('sync iptables took').length - 1;
  await until('kube-router to write the firewall', () => {
    if (!process.running)
      throw new Error(`kube-router ended:\n${readFileSync(log, 'utf8').slice(-2000)}`);
    return syncs() > 0;
  });
  return { process, syncs };
}

function lab({
  sandbox,
  plane,
  router,
  ends,
  stop,
}: {
  readonly sandbox: NetworkSandbox;
  readonly plane: ControlPlane;
  readonly router: Router;
  readonly ends: (() => Promise<unknown>)[];
  readonly stop: () => Promise<void>;
}): NetworkLab {
  const pods: Pod[] = [];
  const known = new Set<string>();
  let next = 10;
  const place = (wired: Wired, enter: readonly [string, ...string[]]): Place => {
    const agent = new Agent(enter);
    ends.push(() => agent.stop());
    return { ...wired, enter, agent };
  };
  const inside = (netns: string): readonly [string, ...string[]] => [
    ...sandbox.enter,
    ...['ip', 'netns', 'exec', netns],
  ];
  const namespace: NetworkLab['namespace'] = async (name, labels = {}) => {
    known.add(name);
    await plane.apply(JSON.stringify(namespaceObject(name, labels)));
  };
  const wire: NetworkLab['wire'] = async (spec) => {
    const number = next++;
    const wired = {
      netns: `${spec.namespace}-${spec.name}`,
      cable: `v${number}`,
      address: `10.244.0.${number}`,
      address6: `fd00:244::${number.toString(16)}`,
    };
    await sandbox.run(podScript(wired));
    const pod = { ...place(wired, inside(wired.netns)), spec };
    pods.push(pod);
    return pod;
  };
  const announce: NetworkLab['announce'] = async (some) => {
    for (const name of new Set(some.map(({ spec }) => spec.namespace)))
      if (!known.has(name)) await namespace(name);
    const objects = some.map((pod) => podObjects(pod.spec, pod));
    await plane.apply(list(objects.map(([pod]) => pod)));
    await plane.apply(list(objects.map(([, status]) => status)), ['--subresource=status']);
  };
  return {
    plane,
    sandbox,
    pods,
    node: place({ netns: '', cable: 'node0', ...NODE }, sandbox.enter),
    namespace,
    wire,
    announce,
    async addPods(specs) {
      const added: Pod[] = [];
      for (const spec of specs) added.push(await wire(spec));
      await announce(added);
      return added;
    },
    async removePod(pod) {
      pods.splice(pods.indexOf(pod), 1);
      const { name, namespace: of } = pod.spec;
      await plane.kubectl(['delete', 'pod', name, '-n', of, '--force', '--grace-period=0']);
      await pod.agent.stop();
      await sandbox.run(removeScript(pod));
    },
    async addHost(name) {
      const number = next++;
      const wired = {
        netns: `host-${name}`,
        cable: `v${number}`,
        address: `10.199.0.${number}`,
        address6: `fd00:199::${number.toString(16)}`,
      };
      await sandbox.run(hostScript(wired));
      return place(wired, inside(wired.netns));
    },
    addAddress: async (host, address) => {
      await sandbox.run(addressScript(host, address));
    },
    forward: async (rule) => {
      await sandbox.run(forwardScript(rule));
    },
    async enforced(change) {
      const before = router.syncs();
      await change();
      const accepted = performance.now();
      await until('kube-router to write the firewall', () => router.syncs() > before, {
        patience: 20_000,
        pause: 20,
      });
      let took = performance.now() - accepted;
      for (let seen = router.syncs(); ; seen = router.syncs()) {
        await sleep(QUIET);
        if (router.syncs() === seen) return took;
        took = performance.now() - accepted;
      }
    },
    stop,
  };
}

const list = (items: readonly object[]): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
