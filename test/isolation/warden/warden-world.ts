/** A cluster of nothing but policies, a Kafka that says what it is told, and a warden's judgement between them. */
import assert from 'node:assert/strict';
import { decide } from '../../../src/isolation/warden/decide.ts';
import {
  noMemory,
  type Decision,
  type Memory,
  type Step,
} from '../../../src/isolation/warden/decision.ts';
import { acknowledge } from '../../../src/isolation/warden/enforcement.ts';
import {
  fieldManager,
  keyOf,
  shownPolicy,
  type LivePolicy,
  type WantedPolicy,
} from '../../../src/isolation/warden/policy-objects.ts';
import { generate } from '../../../src/isolation/policies/generate.ts';
import { flowMap } from '../../../src/isolation/topology/flow-map.ts';
import { wantedPolicies } from '../../../src/isolation/warden/policy-objects.ts';
import { client, declare, snapshotOf, topic } from '../topology/cluster-fixture.ts';
import type { Observation } from '../../../src/isolation/warden/decision.ts';
import type { WardenSettings } from '../../../src/isolation/warden/settings.ts';
import type { Declared } from '../../../src/isolation/topology/placement.ts';
import type { KafkaSnapshot } from '../../../src/isolation/topology/snapshot.ts';

export const identity = 'lethe/lethe-warden';

export const settings: WardenSettings = {
  mode: 'enforce',
  flavour: 'networkpolicy',
  poll: 2000,
  settle: 30_000,
  staleAfter: 30_000,
  vanishedAfter: 600_000,
  acls: 0,
  lease: { namespace: null, name: 'lethe-warden' },
};

const crm = client('crm', { produces: ['raw.orders'] });
const lake = client('lake', { consumes: ['public.orders'], groups: ['lake'] });

/** A producer of raw records and a consumer of sanitized ones. */
export const declared: Declared = declare({ clients: [crm, lake] });
/** Without the producer. */
export const withoutCrm: Declared = declare({ clients: [lake] });

/** Raw on broker 11, everything else on 12 and 13. */
export const first: KafkaSnapshot = snapshotOf(topic('lethe.quarantine', [13]));
/** Raw moved on to 12, everything else on 11 and 13. */
export const second: KafkaSnapshot = snapshotOf(
  topic('raw.orders', [12]),
  topic('public.orders', [11, 13], [13, 11]),
  topic('lethe.quarantine', [13]),
  topic('__consumer_offsets', [11, 13], [13, 11]),
  topic('__transaction_state', [11, 13], [13, 11]),
);
/** Raw on 11 and 12, everything else on 13. */
export const wide: KafkaSnapshot = snapshotOf(
  topic('raw.orders', [11, 12]),
  topic('public.orders', [13], [13]),
  topic('lethe.quarantine', [13]),
  topic('__consumer_offsets', [13], [13]),
  topic('__transaction_state', [13], [13]),
);
/** Raw and sanitized share broker 12. */
export const shared: KafkaSnapshot = snapshotOf(topic('raw.orders', [11, 12]));
/** The raw topic is not to be seen. */
export const hidden: KafkaSnapshot = snapshotOf({ name: 'raw.orders', partitions: [] });

export interface Write {
  readonly stage: string;
  readonly policy: string;
  readonly step: Step;
}

export class World {
  readonly live = new Map<string, LivePolicy>();
  readonly writes: Write[] = [];
  memory: Memory = noMemory;
  now = 1_000_000;
  /** Steps that the server refuses. */
  refuses: (step: Step) => boolean = () => false;
  #version = 1;
  #seen: Partial<Observation> = {};

  constructor(start: Partial<Observation> = { placement: this.answer(first) }) {
    this.see(start);
  }

  /** An answer of Kafka at this moment. */
  answer(snapshot: KafkaSnapshot): Observation['placement'] {
    return { snapshot, at: this.now };
  }

  /** Changes what is observed from now on. */
  see(change: Partial<Observation>): this {
    this.#seen = { ...this.#seen, ...change };
    return this;
  }

  observation(): Observation {
    return {
      declared,
      settings,
      identity,
      configProblem: null,
      placement: null,
      placementProblem: null,
      self: null,
      policies: new Map(this.live),
      forbidden: [],
      unreadable: [],
      ...this.#seen,
    };
  }

  /** Judges without writing. */
  judge(): Decision {
    const decision = decide(this.observation(), this.memory, this.now);
    this.memory = decision.memory;
    return decision;
  }

  /** Judges and writes, stage by stage, as the shell does. */
  turn(): Decision {
    const decision = this.judge();
    for (const { name, steps } of decision.stages) {
      const failed = steps.filter((step) => !this.#write(name, step));
      if (failed.length > 0 && name !== 'repair') break;
    }
    return decision;
  }

  /** Kafka says it again, and time passes. */
  pass(milliseconds: number, snapshot = this.observation().placement?.snapshot): Decision {
    this.now += milliseconds;
    if (snapshot !== undefined) this.see({ placement: this.answer(snapshot) });
    return this.turn();
  }

  /** Somebody writes to a policy, as `kubectl edit` does. */
  tamper(shown: string, change: (policy: LivePolicy) => Partial<LivePolicy>): void {
    const [key, policy] = this.find(shown);
    const managers = [
      ...policy.managers,
      { manager: 'kubectl-edit', time: '2026-01-01T00:00:00Z', decides: true },
    ];
    this.live.set(key, { ...policy, managers, ...change(policy), resourceVersion: this.#next() });
  }

  remove(shown: string): void {
    this.live.delete(this.find(shown)[0]);
  }

  /** Somebody else's policy. */
  add(policy: Partial<LivePolicy> & Pick<LivePolicy, 'namespace' | 'name'>): void {
    const whole: LivePolicy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      uid: policy.name,
      resourceVersion: this.#next(),
      labels: {},
      annotations: {},
      spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] },
      managers: [{ manager: 'helm', time: '', decides: true }],
      deleting: false,
      ...policy,
    };
    this.live.set(keyOf(whole), whole);
  }

  find(shown: string): readonly [string, LivePolicy] {
    const found = [...this.live].find(([, policy]) => shownPolicy(policy) === shown);
    assert.ok(found, `there is no ${shown} among ${this.names().join(', ')}`);
    return found;
  }

  names(): readonly string[] {
    return [...this.live.values()].map(shownPolicy).toSorted();
  }

  /** What was written since the last time this was asked, as `stage policy`. */
  written(): readonly string[] {
    return this.writes.splice(0).map(({ stage, policy }) => `${stage} ${policy}`);
  }

  /** Everything that stands, without what the server adds. */
  specs(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      [...this.live.values()].map((policy) => [shownPolicy(policy), policy.spec]),
    );
  }

  #write(stage: string, step: Step): boolean {
    if (this.refuses(step)) return false;
    const policy = shownPolicy(step.kind === 'apply' ? step.wanted : step.live);
    this.writes.push({ stage, policy, step });
    if (step.kind === 'prune') {
      this.live.delete(step.key);
      this.memory = acknowledge(this.memory, { step }, this.now);
      return true;
    }
    this.live.set(step.key, this.#stored(step.wanted, this.live.get(step.key)));
    this.memory = acknowledge(this.memory, { step, stored: step.wanted.spec }, this.now);
    return true;
  }

  #stored(wanted: WantedPolicy, before: LivePolicy | undefined): LivePolicy {
    return {
      ...wanted,
      labels: { ...before?.labels, ...wanted.labels },
      annotations: { ...before?.annotations, ...wanted.annotations },
      uid: before?.uid ?? `uid-${this.#version}`,
      resourceVersion: this.#next(),
      managers: [{ manager: fieldManager, time: '2026-01-01T00:00:01Z', decides: true }],
      deleting: false,
    };
  }

  #next(): string {
    this.#version += 1;
    return String(this.#version);
  }
}

/** What a placement asks for by itself, as `World.specs` tells it. */
export function asked(
  snapshot: KafkaSnapshot,
  by: Declared = declared,
): Readonly<Record<string, unknown>> {
  const { refused, files } = generate(flowMap(by, snapshot), { flavour: 'networkpolicy' });
  assert.equal(refused, false);
  return Object.fromEntries(
    [...wantedPolicies(files, identity).values()].map((policy) => [
      shownPolicy(policy),
      policy.spec,
    ]),
  );
}

/** Everything that some policies allow, one entry for each peer and port of each subject; namespaces without default deny are wide open. */
export function allowances(specs: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const found = new Set<string>();
  const denied = new Set<string>();
  for (const [policy, spec] of Object.entries(specs)) {
    const namespace = policy.replace(/^\w+ ([^/]+)\/.*$/, '$1');
    const { podSelector, ingress = [], egress = [] } = spec as Spec;
    if (policy.endsWith('/lethe-default-deny') && ingress.length + egress.length === 0)
      denied.add(namespace);
    for (const [side, rules] of Object.entries({ ingress, egress }))
      for (const rule of rules) {
        const ports = rule.ports ?? ['every port'];
        for (const peer of (rule.from ?? rule.to ?? ['everybody']).flatMap(single))
          for (const port of ports)
            found.add(JSON.stringify([namespace, podSelector, side, peer, port]));
      }
  }
  for (const namespace of ['kafka', 'lethe'])
    if (!denied.has(namespace)) found.add(`all of ${namespace}`);
  return found;
}

/** A peer with several values of one label as several peers. */
function single(peer: unknown): readonly unknown[] {
  const { podSelector, ...rest } = peer as { podSelector?: Selector };
  const [expression, ...more] = podSelector?.matchExpressions ?? [];
  if (typeof peer === 'string' || expression === undefined) return [peer];
  return expression.values.flatMap((value) =>
    single({
      ...rest,
      podSelector: {
        matchLabels: { ...podSelector?.matchLabels, [expression.key]: value },
        ...(more.length > 0 && { matchExpressions: more }),
      },
    }),
  );
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly values: readonly string[];
  }[];
}
interface Spec {
  readonly podSelector: unknown;
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}
interface Rule {
  readonly from?: readonly unknown[];
  readonly to?: readonly unknown[];
  readonly ports?: readonly unknown[];
}

/** Whether everything in one is in the other. */
export const within = (some: ReadonlySet<string>, all: ReadonlySet<string>): boolean =>
  [...some].every((one) => all.has(one));
