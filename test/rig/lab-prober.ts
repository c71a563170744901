/** Tries attacks of the catalogue with real packets in the network lab: makes the attackers, and lets what is attacked answer. */
import type {
  Attack,
  AttackDestination,
  AttackSource,
} from '../../src/isolation/attacks/attack.ts';
import type { LiveResult, ProbeOutcome } from '../../src/isolation/attacks/live.ts';
import type { Target } from './agent.ts';
import type { NetworkLab, Place, Pod } from './network-lab.ts';

/** Attacks that are tried at the same time. */
const AT_ONCE = 12;
/** Where Services of the lab have their addresses. */
const SERVICES = '10.96.1';
const FIRST_NODE_PORT = 30_000;

/** Try {@link baseline} before policies are in force: it says which attacks a denial means something for. Then {@link attack}. */
export class LabProber {
  readonly #lab: NetworkLab;
  /** Pods that were there before any attacker. */
  readonly #natives: readonly Pod[];
  readonly #made = new Map<string, Pod>();
  readonly #hosts = new Map<string, Place>();
  readonly #doors = new Map<string, Target>();
  readonly #held = new Map<string, number>();
  readonly #before = new Map<string, ProbeOutcome>();

  constructor(lab: NetworkLab) {
    this.#lab = lab;
    this.#natives = [...lab.pods];
  }

  /** Makes everybody and tries everything while nothing forbids it. Attacks that live on an old connection open it here. */
  async baseline(attacks: readonly Attack[]): Promise<ReadonlyMap<string, ProbeOutcome>> {
    await this.#populate(attacks);
    const tried = await inTurns(attacks, async (attack) => {
      if (attack.technique !== 'held') return this.#knock(attack, attack.source);
      const from = this.#source(attack.source);
      const { held, outcome } = await from.agent.hold(this.#door(attack, from));
      this.#held.set(attack.id, held);
      return outcome;
    });
    for (const [id, outcome] of tried) this.#before.set(id, outcome);
    return tried;
  }

  /** Tries everything again. The control is the source that is meant to get through or, failing that, what the same packets did before. */
  async attack(attacks: readonly Attack[]): Promise<readonly LiveResult[]> {
    const outcomes = await inTurns(attacks, (attack) => this.#probe(attack));
    const controls = await inTurns(attacks, async (attack) => {
      const { control, id } = attack;
      const live = control === null ? 'unsupported' : await this.#knock(attack, control);
      return live === 'open' ? live : (this.#before.get(id) ?? 'unsupported');
    });
    return attacks.map(({ id }) => ({
      id,
      outcome: outcomes.get(id) ?? 'unsupported',
      control: controls.get(id) ?? null,
    }));
  }

  /** Removes the attackers. */
  async close(): Promise<void> {
    for (const pod of this.#made.values()) await this.#lab.removePod(pod);
    this.#made.clear();
  }

  #probe(attack: Attack): Promise<ProbeOutcome> {
    if (attack.technique !== 'held') return this.#knock(attack, attack.source);
    const held = this.#held.get(attack.id);
    return held === undefined
      ? Promise.resolve('unsupported')
      : this.#source(attack.source).agent.use(held);
  }

  #knock(attack: Attack, source: AttackSource): Promise<ProbeOutcome> {
    if (attack.destination.protocol === 'SCTP') return Promise.resolve('unsupported');
    const from = this.#source(source);
    const address = source.kind === 'external' ? { source: source.address } : {};
    return from.agent.connect({ ...this.#door(attack, from), ...address });
  }

  /** Where to connect to. On the node itself nothing is translated, so what stands for "from the node" goes straight to the pod. */
  #door(attack: Attack, from: Place): Target {
    const straight = this.#straight(attack.destination);
    return from === this.#lab.node ? straight : (this.#doors.get(attack.id) ?? straight);
  }

  #straight({ target, protocol, port, family }: AttackDestination): Target {
    const at = protocol === 'UDP' ? 'UDP' : 'TCP';
    if (target.kind === 'external') return { protocol: at, host: target.address, port };
    const pod = this.#pod(target.namespace, target.labels, target.pod);
    return { protocol: at, host: family === 6 ? pod.address6 : pod.address, port };
  }

  async #populate(attacks: readonly Attack[]): Promise<void> {
    for (const { source, control, destination } of attacks) {
      await this.#make(source);
      if (control !== null) await this.#make(control);
      await this.#makeTarget(destination);
    }
    await this.#lab.announce([...this.#made.values()]);
    for (const attack of attacks) {
      const { destination, technique } = attack;
      const { protocol, port, target } = destination;
      if (protocol === 'SCTP') continue;
      const end =
        target.kind === 'external'
          ? this.#host(target.address)
          : this.#pod(target.namespace, target.labels, target.pod);
      const several = target.kind === 'external' && protocol === 'UDP';
      await end.agent.listen(protocol, port, several ? target.address : undefined);
      if (technique === 'service' || technique === 'node-port') await this.#openDoor(attack);
    }
  }

  async #make(source: AttackSource): Promise<void> {
    if (source.kind === 'external') return this.#makeHost(source.address);
    if (source.kind === 'workload') return;
    if (source.hostNetwork) {
      if (source.node === 'another') await this.#makeHost('');
      return;
    }
    const { namespace, namespaceLabels, labels } = source;
    await this.#makePod(namespace, labels, namespaceLabels);
  }

  async #makeTarget({ target }: AttackDestination): Promise<void> {
    if (target.kind === 'external') return this.#makeHost(target.address);
    if (this.#native(target.namespace, target.labels, target.pod) === undefined)
      await this.#makePod(target.namespace, target.labels, {});
  }

  async #makePod(
    namespace: string,
    labels: Readonly<Record<string, string>>,
    namespaceLabels: Readonly<Record<string, string>>,
  ): Promise<void> {
    const key = keyOf(namespace, labels);
    if (this.#made.has(key)) return;
    const own = this.#natives.some(({ spec }) => spec.namespace === namespace);
    if (!own) await this.#lab.namespace(namespace, namespaceLabels);
    const name = `attacker-${this.#made.size + 1}`;
    this.#made.set(key, await this.#lab.wire({ namespace, name, labels }));
  }

  /** Beside the node: a host with this address, or with its own alone. */
  async #makeHost(address: string): Promise<void> {
    if (this.#hosts.has(address)) return;
    const kind = address === '' ? 'node' : 'world';
    const host = this.#hosts.get(kind) ?? (await this.#lab.addHost(kind));
    this.#hosts.set(kind, host).set(address, host);
    if (address !== '') await this.#lab.addAddress(host, address);
  }

  async #openDoor({ id, destination, technique }: Attack): Promise<void> {
    const { host, protocol, port } = this.#straight(destination);
    const number = this.#doors.size + 1;
    const door =
      technique === 'service'
        ? { protocol, host: `${SERVICES}.${number}`, port }
        : { protocol, host: this.#lab.node.address, port: FIRST_NODE_PORT + number };
    await this.#lab.forward({
      protocol,
      address: door.host,
      port: door.port,
      to: host,
      toPort: port,
    });
    this.#doors.set(id, door);
  }

  #source(source: AttackSource): Place {
    switch (source.kind) {
      case 'external':
        return this.#host(source.address);
      case 'workload':
        return this.#pod(source.namespace, source.labels, null);
      case 'pod':
        if (source.hostNetwork) return source.node === 'another' ? this.#host('') : this.#lab.node;
        return this.#known(keyOf(source.namespace, source.labels));
    }
  }

  #host(address: string): Place {
    const host = this.#hosts.get(address);
    if (host === undefined) throw new Error(`No host has the address "${address}"`);
    return host;
  }

  #known(key: string): Pod {
    const pod = this.#made.get(key);
    if (pod === undefined) throw new Error(`No attacker is ${key}`);
    return pod;
  }

  #pod(namespace: string, labels: Readonly<Record<string, string>>, name: string | null): Pod {
    return this.#native(namespace, labels, name) ?? this.#known(keyOf(namespace, labels));
  }

  /** A pod of the lab that has all of these labels. */
  #native(
    namespace: string,
    labels: Readonly<Record<string, string>>,
    name: string | null,
  ): Pod | undefined {
    return this.#natives.find(
      ({ spec }) =>
        spec.namespace === namespace &&
        (name === null || spec.name === name) &&
        Object.entries(labels).every(([key, value]) => spec.labels[key] === value),
    );
  }
}

const keyOf = (namespace: string, labels: Readonly<Record<string, string>>): string =>
  `${namespace} ${JSON.stringify(Object.entries(labels).toSorted())}`;

async function inTurns(
  attacks: readonly Attack[],
  each: (attack: Attack) => Promise<ProbeOutcome>,
): Promise<ReadonlyMap<string, ProbeOutcome>> {
  const results = new Map<string, ProbeOutcome>();
  const queue = attacks.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const attack of queue) results.set(attack.id, await each(attack));
    }),
  );
  return results;
}
