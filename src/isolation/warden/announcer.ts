/** Tells what happens: to log and metrics, and, where this process leads, as Events of the cluster. */
import { camelCase, EventRecorder, type Occurrence, type Regarding } from './event-recorder.ts';
import {
  conditionNames,
  conditions as known,
  type Condition,
  type Conditions,
} from './conditions.ts';
import { countFindings, FindingLedger } from './finding-ledger.ts';
import { shownPolicy } from './policy-objects.ts';
import type { Finding } from '../findings/finding.ts';
import type { Stage } from './decision.ts';
import type { VerifierResult } from './verifier.ts';
import type { WardenApi } from './warden-api.ts';
import type { WardenEvent, WardenTelemetry, WriteAction, WriteOutcome } from './warden-event.ts';

export interface AnnouncerOptions {
  readonly api: Pick<WardenApi, 'createEvent' | 'patchEvent'>;
  readonly namespace: string;
  readonly instance: string;
  readonly now: () => number;
  readonly date: () => Date;
  readonly telemetry: WardenTelemetry;
  readonly leads: () => boolean;
}

/** What one judgement came to. */
export interface Judged {
  readonly conditions: Conditions;
  readonly leaseProblem: string | null;
  readonly writeProblems: readonly string[];
  readonly aclProblems: readonly string[];
  /** Steps that are not done, since nothing is written. */
  readonly stages: readonly Stage[];
  /** Whether there is nothing to verify against. */
  readonly unverifiable: boolean;
  /** Whether it is so early that nothing could be read yet. */
  readonly early: boolean;
}

/** Reasons of one condition that are told. */
const mostReasons = 20;

export class Announcer implements Pick<WardenTelemetry, 'event' | 'wrote' | 'repaired'> {
  readonly #options: AnnouncerOptions;
  readonly #recorder: EventRecorder;
  readonly #ledger = new FindingLedger();
  #conditions: Conditions = new Map();
  #told: Conditions = new Map();
  #unverified: readonly string[] = [];
  #pending = new Set<string>();

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#recorder = new EventRecorder({
      ...options,
      told: ({ sent, status }) => {
        options.telemetry.clusterEvent(sent ? 'sent' : 'refused');
        if (!sent) options.telemetry.event({ event: 'warden.event-refused', status });
      },
    });
  }

  /** Those that hold. */
  get conditions(): Conditions {
    return this.#conditions;
  }

  judged(judged: Judged): void {
    const { conditions, leaseProblem, writeProblems, aclProblems, stages } = judged;
    const { unverifiable, early } = judged;
    const held = new Map(conditions);
    if (aclProblems.length > 0) held.set('ACLS_UNKNOWN', aclProblems);
    if (leaseProblem !== null) held.set('LEASE_FAILED', [leaseProblem]);
    if (writeProblems.length > 0) held.set('WRITE_FAILED', writeProblems);
    if (unverifiable) held.set('UNVERIFIED', ['NO_PLACEMENT']);
    else if (this.#unverified.length > 0) held.set('UNVERIFIED', this.#unverified);
    this.#conditions = held;
    // That nothing is known in the first moment is no news.
    if (early) return;
    for (const condition of conditionNames) this.#compare(condition, held);
    this.#told = held;
    this.#tellPending(stages);
  }

  placementChanged(
    { added, removed }: { readonly added: number; readonly removed: number },
    transition: boolean,
  ): void {
    this.event({ event: 'warden.placement-changed', added, removed, transition });
  }

  verified({ verified, findings, seconds }: VerifierResult): void {
    const { telemetry } = this.#options;
    telemetry.verified({ verified, seconds, counts: countFindings(findings) });
    const errors = findings.filter(({ severity }) => severity === 'error');
    this.#unverified = [...new Set(errors.map(({ code }) => code))];
    const { added, resolved } = this.#ledger.take(findings);
    for (const finding of added) {
      this.#finding('new', finding);
      this.#record(occurrenceOf(finding));
    }
    for (const finding of resolved) this.#finding('resolved', finding);
  }

  event(event: WardenEvent): void {
    this.#options.telemetry.event(event);
    if (event.event === 'warden.policy-repaired') {
      const { policy, damage, by } = event;
      const who = by.length === 0 ? 'somebody' : by.map((name) => `"${name}"`).join(', ');
      this.#record({
        type: 'Warning',
        reason: 'PolicyRepaired',
        action: 'Repair',
        note: `${policy} was ${damage} by ${who} and is put back`,
        regarding: regardingOf(policy),
      });
    }
  }

  wrote(action: WriteAction, outcome: WriteOutcome): void {
    this.#options.telemetry.wrote(action, outcome);
  }

  repaired(damage: 'deleted' | 'changed'): void {
    this.#options.telemetry.repaired(damage);
  }

  #compare(condition: Condition, held: Conditions): void {
    const { telemetry } = this.#options;
    const [before, now] = [this.#told.get(condition), held.get(condition)];
    telemetry.condition(condition, now !== undefined);
    if (JSON.stringify(before) === JSON.stringify(now)) return;
    const began = (before === undefined) !== (now === undefined);
    const reasons = (now ?? []).slice(0, mostReasons);
    telemetry.event({ event: 'warden.condition', condition, holds: now !== undefined, reasons });
    // Findings have Events of their own, and other reasons for the same are no news to people.
    if (condition === 'UNVERIFIED' || !began) return;
    const { meaning, freezes } = known[condition];
    const why = reasons.length === 0 ? '' : `: ${reasons.join(', ')}`;
    const consequence = freezes ? '; policies stay as they are, and are repaired' : '';
    this.#record({
      type: now === undefined ? 'Normal' : 'Warning',
      reason: now === undefined ? 'Recovered' : camelCase(condition),
      action: 'Follow',
      note: now === undefined ? `No more: ${meaning}` : `${meaning}${why}${consequence}`,
      regarding: null,
    });
  }

  #tellPending(stages: readonly Stage[]): void {
    const pending = new Set<string>();
    for (const { name: action, steps } of stages)
      for (const step of steps) {
        const policy = shownPolicy(step.kind === 'apply' ? step.wanted : step.live);
        pending.add(`${action} ${policy}`);
        if (!this.#pending.has(`${action} ${policy}`) && this.#options.leads())
          this.#options.telemetry.event({ event: 'warden.policy-pending', action, policy });
      }
    this.#pending = pending;
  }

  #finding(state: 'new' | 'resolved', { code, severity, subject, deciders }: Finding): void {
    const policies = [...new Set(deciders.map(({ policy }) => policy))];
    this.event({ event: 'warden.finding', state, code, severity, subject, policies });
  }

  #record(occurrence: Occurrence): void {
    if (this.#options.leads()) void this.#recorder.record(occurrence);
  }
}

/** An Event about the policy that decides, or about the warden's namespace where none does. */
const occurrenceOf = ({
  code,
  severity,
  subject,
  message,
  remedy,
  deciders,
}: Finding): Occurrence => ({
  type: severity === 'note' ? 'Normal' : 'Warning',
  reason: camelCase(code),
  action: 'Verify',
  note: `${subject}: ${message}. Remedy: ${remedy}`,
  regarding: deciders.map(({ policy }) => regardingOf(policy)).find((one) => one !== null) ?? null,
});

/** `NetworkPolicy kafka/x` as a reference; `null` for what is no policy of a namespace. */
function regardingOf(policy: string): Regarding | null {
  const [, kind, namespace, name] = /^(\w+) ([^/\s]+)\/(\S+)$/.exec(policy) ?? [];
  const apiVersion = versions[kind ?? ''];
  return apiVersion === undefined || namespace === undefined || name === undefined
    ? null
    : { apiVersion, kind: kind!, namespace, name };
}

const versions: Readonly<Record<string, string | undefined>> = {
  NetworkPolicy: 'networking.k8s.io/v1',
  CiliumNetworkPolicy: 'cilium.io/v2',
};
