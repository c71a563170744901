/**
 * Keeps the policies around raw brokers as placement changes:
 *
 *     const warden = new Warden({ api, read, telemetry, … });
 *     await warden.run(signal);        // until the signal; gives its Lease back at the end
 *
 * Mirrors the cluster, asks Kafka, takes part in the election, and lets `decide` judge; what is decided is written by the one that leads.
 */
import { AclPoller } from './acl-poller.ts';
import { Announcer } from './announcer.ts';
import { Backoff } from './backoff.ts';
import { ClusterMirror } from './cluster-mirror.ts';
import { decide } from './decide.ts';
import { noMemory, type Decision, type Memory, type Stage } from './decision.ts';
import { Candidacy } from './candidacy.ts';
import { Election, electionTiming, type ElectionTiming } from './election.ts';
import { acknowledge } from './enforcement.ts';
import { flowId } from '../policies/policy-set.ts';
import { pause } from './pause.ts';
import { PlacementPoller } from './placement-poller.ts';
import { PolicyWriter } from './policy-writer.ts';
import { Verifier } from './verifier.ts';
import type { AclReplies } from '../read-acls.ts';
import type { AclSnapshot } from '../verification/acl.ts';
import type { Declared } from '../topology/placement.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { KafkaSnapshot } from '../topology/snapshot.ts';
import type { Conditions } from './conditions.ts';
import type { PolicyReference } from './policy-objects.ts';
import type { Resource } from '../cluster/listing.ts';
import type { WardenApi } from './warden-api.ts';
import type { OwnPod } from './self.ts';
import type { WardenSettings } from './settings.ts';
import type { WardenTelemetry } from './warden-event.ts';

/** A configuration that was good. */
export interface WardenConfig {
  readonly declared: Declared;
  readonly settings: WardenSettings;
}

export interface WardenOptions {
  /** Made with a way to look up where the kinds of the server are. */
  readonly api: (resourceOf: (reference: PolicyReference) => Resource | undefined) => WardenApi;
  readonly config: WardenConfig;
  /** Namespace and name of the Lease. */
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Name of this process, different from that of all others. */
  readonly holder: string;
  /** Asks all clusters of the configuration that is at work. */
  readonly read: () => Promise<KafkaSnapshot>;
  /** Asks the same clusters who may do what. */
  readonly readAcls: () => Promise<AclReplies>;
  readonly telemetry: WardenTelemetry;
  /** The pod that it runs in; `null` outside of one. */
  readonly pod: { readonly namespace: string; readonly name: string } | null;
  readonly now?: () => number;
  readonly date?: () => Date;
  readonly timing?: ElectionTiming;
}

/** What `/readyz` tells. */
export interface WardenStatus {
  /** It sees the policies and has an answer of Kafka. */
  readonly ready: boolean;
  readonly conditions: Conditions;
  /** Milliseconds since it has judged last. */
  readonly idle: number;
}

/** Milliseconds between two judgements, at least and at most. */
const shortest = 50;
const longest = 1000;

/** Milliseconds in which nobody expects that everything was read. */
const earlyTime = 10_000;

export class Warden {
  readonly #options: WardenOptions;
  readonly #now: () => number;
  readonly #cluster: ClusterMirror;
  readonly #poller: PlacementPoller;
  readonly #acls: AclPoller;
  readonly #election: Election;
  readonly #candidacy: Candidacy;
  readonly #writer: PolicyWriter;
  readonly #verifier: Verifier;
  readonly #announcer: Announcer;
  readonly #writeBackoff = new Backoff({ first: 500, longest: 10_000 });
  #config: WardenConfig;
  #configProblem: string | null = null;
  #memory: Memory = noMemory;
  #writeProblems: readonly string[] = [];
  #notBefore = 0;
  /** When the placement was asked for that is not yet followed to the end. */
  #following: number | null = null;
  #judged: number;
  readonly #began: number;
  #early = true;
  /** Whether something happened since the last look. */
  #woken = false;
  #stir: () => void = () => undefined;

  constructor(options: WardenOptions) {
    const { config, lease, holder, telemetry, now = () => performance.now() } = options;
    const date = options.date ?? (() => new Date());
    this.#options = options;
    this.#config = config;
    this.#now = now;
    this.#judged = now();
    this.#began = now();
    const api = options.api((reference) => this.#cluster.resourceOf(reference));
    const wake = (): void => this.#wake();
    this.#cluster = new ClusterMirror({
      api,
      changed: () => {
        this.#verifier.changed();
        wake();
      },
      ended: (resource, why) => {
        telemetry.watchEnded(why);
        if (why !== 'closed')
          telemetry.event({ event: 'warden.watch-restarted', resource: resource.plural, why });
      },
    });
    this.#poller = new PlacementPoller({
      read: options.read,
      now,
      every: () => this.#config.settings.poll,
      answered: (outcome) => {
        telemetry.polled(outcome);
        wake();
      },
    });
    this.#acls = new AclPoller({
      read: options.readAcls,
      every: () => this.#config.settings.acls,
      answered: wake,
    });
    this.#election = new Election({
      api,
      holder,
      now,
      date,
      timing: options.timing ?? electionTiming,
    });
    this.#candidacy = new Candidacy({
      election: this.#election,
      telemetry,
      retry: (options.timing ?? electionTiming).retry,
      changed: wake,
    });
    this.#announcer = new Announcer({
      api,
      namespace: lease.namespace,
      instance: holder,
      now,
      date,
      telemetry,
      leads: () => this.#election.leads(),
    });
    this.#verifier = new Verifier({
      manifests: () => this.#cluster.manifests(),
      now,
      found: (result) => {
        this.#announcer.verified(result);
        wake();
      },
    });
    this.#writer = new PolicyWriter({
      api,
      leads: () => this.#election.leads(),
      telemetry: this.#announcer,
      wrote: (reference, object) => this.#cluster.wrote(reference, object),
      removed: (reference) => this.#cluster.removed(reference),
      done: (done) => {
        this.#memory = acknowledge(this.#memory, done, this.#now());
      },
    });
  }

  /** Puts a changed configuration to work. */
  configure(config: WardenConfig): void {
    this.#config = config;
    this.#configProblem = null;
    this.#wake();
  }

  /** A changed configuration was refused: until it is mended nothing but repairs is done. */
  refuseConfig(code: string): void {
    this.#configProblem = code;
    this.#wake();
  }

  status(): WardenStatus {
    const { policies } = this.#cluster.view(this.#config.settings.flavour);
    return {
      ready: policies !== null && this.#poller.reading !== null,
      conditions: this.#announcer.conditions,
      idle: this.#now() - this.#judged,
    };
  }

  /** Runs until the signal; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { telemetry, holder } = this.#options;
    const { mode, flavour } = this.#config.settings;
    telemetry.event({
      event: 'warden.started',
      mode,
      flavour,
      identity: this.#identity(),
      holder,
    });
    const following = Promise.all([
      this.#cluster.run(signal),
      this.#poller.run(signal),
      this.#acls.run(signal),
      this.#verifier.run(signal),
      this.#candidacy.run(signal),
    ]);
    while (!signal.aborted) {
      await this.#judge();
      await this.#pause(signal);
    }
    await following;
    const released = await this.#election.release().catch(() => false);
    telemetry.leads(false);
    telemetry.event({ event: 'warden.stopped', released });
  }

  #identity(): string {
    const { namespace, name } = this.#options.lease;
    return `${namespace}/${name}`;
  }

  #self(): OwnPod | null {
    const { pod } = this.#options;
    const labels = pod === null ? null : this.#cluster.labelsOf(pod.namespace, pod.name);
    return pod === null || labels === null ? null : { namespace: pod.namespace, labels };
  }

  async #judge(): Promise<void> {
    const now = this.#now();
    this.#judged = now;
    const { declared, settings } = this.#config;
    const before = this.#memory.good;
    const decision = decide(
      {
        declared,
        settings,
        identity: this.#identity(),
        configProblem: this.#configProblem,
        placement: this.#poller.reading,
        placementProblem: this.#poller.problem,
        self: this.#self(),
        ...this.#cluster.view(settings.flavour),
      },
      this.#memory,
      now,
    );
    this.#memory = decision.memory;
    const { good } = decision.memory;
    if (good !== null && good !== before) {
      this.#announcer.placementChanged(changeOf(before?.map ?? null, good.map), good.transition);
      this.#following = this.#poller.reading?.at ?? null;
    }
    this.#tell(decision);
    if (settings.mode === 'enforce') await this.#write(decision.stages);
    const { view } = this.#acls;
    // Not before it is known whether there are lists: they might say that it isn't verified.
    const map = this.#election.leads() && view !== null ? decision.map : null;
    this.#verifier.judge(map, decision.findings, view?.acls ?? null);
  }

  #tell({ conditions, stages, memory, map }: Decision): void {
    const { telemetry } = this.#options;
    const { reading } = this.#poller;
    telemetry.placementAge(reading === null ? null : (this.#now() - reading.at) / 1000);
    telemetry.policies({
      wanted: memory.good?.policies.size ?? 0,
      enforced: memory.enforced.size,
      pending: stages.reduce((sum, { steps }) => sum + steps.length, 0),
    });
    telemetry.transition(memory.good?.transition ?? false);
    const lists = this.#acls.view;
    telemetry.acls(lists === null ? null : entriesOf(lists.acls));
    this.#announcer.judged({
      conditions,
      leaseProblem: this.#candidacy.problem,
      writeProblems: this.#writeProblems,
      aclProblems: lists?.problems ?? [],
      stages: this.#config.settings.mode === 'observe' ? stages : [],
      unverifiable: map === null,
      early: this.#isEarly(conditions),
    });
  }

  /** Until everything was read for the first time, but not for long. */
  #isEarly(conditions: Conditions): boolean {
    if (!this.#early) return false;
    const starting = conditions.has('PLACEMENT_STALE') || conditions.has('CLUSTER_UNREADABLE');
    this.#early = starting && this.#now() - this.#began < earlyTime;
    return this.#early;
  }

  async #write(stages: readonly Stage[]): Promise<void> {
    if (!this.#election.leads()) this.#following = null;
    if (!this.#election.leads() || this.#now() < this.#notBefore) return;
    const failed = await this.#writer.write(stages);
    this.#writeProblems = failed;
    if (failed.length > 0) {
      this.#notBefore = this.#now() + this.#writeBackoff.next();
      return;
    }
    this.#writeBackoff.reset();
    if (this.#following === null || !this.#election.leads()) return;
    // Conflicts are decided anew: only when nothing is left the placement is followed to the end.
    if (stages.length > 0) this.#options.telemetry.followed((this.#now() - this.#following) / 1000);
    this.#following = null;
  }

  /** Waits until something happens, a while at least and a while at most. */
  async #pause(signal: AbortSignal): Promise<void> {
    await pause(shortest, signal);
    if (!this.#woken) {
      const waiting = new AbortController();
      this.#stir = () => waiting.abort();
      await pause(longest, AbortSignal.any([signal, waiting.signal]));
    }
    this.#woken = false;
  }

  #wake(): void {
    this.#woken = true;
    this.#stir();
  }
}

/** `null` where no cluster's lists are known. */
function entriesOf(acls: AclSnapshot | null): number | null {
  const known = [...(acls?.values() ?? [])].filter((lists) => lists !== null);
  return known.length === 0 ? null : known.reduce((sum, { bindings }) => sum + bindings.length, 0);
}

/** How many flows one map has that another lacks. */
function changeOf(
  before: FlowMap | null,
  after: FlowMap,
): { readonly added: number; readonly removed: number } {
  const old = new Set(before?.flows.map(flowId));
  const now = new Set(after.flows.map(flowId));
  return {
    added: [...now].filter((flow) => !old.has(flow)).length,
    removed: [...old].filter((flow) => !now.has(flow)).length,
  };
}
