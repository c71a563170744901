/** Carries out the stages of a decision. */
import { serializeError } from '../../foundation/errors.ts';
import { confirms, type Done } from './enforcement.ts';
import { mergePatch } from './merge-patch.ts';
import { livePolicy, sameSpec, shownPolicy } from './policy-objects.ts';
import type { ListedObject } from '../cluster/listing.ts';
import type { Stage, Step } from './decision.ts';
import type { PolicyReference } from './policy-objects.ts';
import type { WardenApi, Written } from './warden-api.ts';
import type { WardenTelemetry, WriteOutcome } from './warden-event.ts';

export interface PolicyWriterOptions {
  readonly api: Pick<WardenApi, 'apply' | 'patchSpec' | 'remove'>;
  /** Asked before each write. */
  readonly leads: () => boolean;
  readonly telemetry: Pick<WardenTelemetry, 'event' | 'wrote' | 'repaired'>;
  /** Takes in what the server answered. */
  readonly wrote: (reference: PolicyReference, object: ListedObject) => void;
  readonly removed: (reference: PolicyReference) => void;
  readonly done: (done: Done) => void;
}

/** Writes under way at once. */
const abreast = 8;

type Result = { readonly outcome: WriteOutcome; readonly code: string | null };
const fine: Result = { outcome: 'done', code: null };

export class PolicyWriter {
  readonly #options: PolicyWriterOptions;

  constructor(options: PolicyWriterOptions) {
    this.#options = options;
  }

  /**
   * Writes stage by stage. A stage that failed in part ends it all, so that nothing is closed before the new way stands; but a repair that
   * fails holds up nothing else.
   *
   * @returns policies that were not written, each with a code; never rejects
   */
  async write(stages: readonly Stage[]): Promise<readonly string[]> {
    const failed: string[] = [];
    for (const { name, steps } of stages) {
      const left = [...steps];
      const before = failed.length;
      const work = async (): Promise<void> => {
        for (let step = left.shift(); step !== undefined; step = left.shift()) {
          // Whoever was elected instead decides from here.
          if (!this.#options.leads()) return;
          const problem = await this.#step(name, step);
          if (problem !== null) failed.push(problem);
        }
      };
      await Promise.all(Array.from({ length: abreast }, work));
      if (!this.#options.leads()) return failed;
      if (failed.length > before && name !== 'repair') return failed;
    }
    return failed;
  }

  async #step(action: Stage['name'], step: Step): Promise<string | null> {
    const { telemetry } = this.#options;
    const policy = shownPolicy(step.kind === 'apply' ? step.wanted : step.live);
    const { outcome, code } = await this.#attempt(step);
    telemetry.wrote(action, outcome);
    if (outcome === 'conflict') return null; // it is decided anew with what stands then
    if (code !== null) {
      telemetry.event({ event: 'warden.write-failed', action, policy, code });
      return `${code} ${policy}`;
    }
    if (step.kind === 'apply' && step.damage !== null) {
      const { damage, by } = step;
      telemetry.repaired(damage);
      telemetry.event({ event: 'warden.policy-repaired', policy, damage, by });
    } else telemetry.event({ event: 'warden.policy-written', action, policy });
    return null;
  }

  async #attempt(step: Step): Promise<Result> {
    try {
      return step.kind === 'apply' ? await this.#apply(step) : await this.#prune(step);
    } catch (error) {
      return { outcome: 'failed', code: serializeError(error).code };
    }
  }

  async #apply(step: Extract<Step, { readonly kind: 'apply' }>): Promise<Result> {
    const { api, done } = this.#options;
    const { wanted } = step;
    let answer = this.#taken(wanted, await api.apply(wanted));
    if ('code' in answer) return answer;
    if (!sameSpec(answer.spec, wanted.spec)) {
      // What others own beside it stays where it was applied over: it is taken away by name.
      const patch = mergePatch(answer.spec, wanted.spec) ?? {};
      answer = this.#taken(wanted, await api.patchSpec(answer, patch));
      if ('code' in answer) return answer;
      if (!confirms(answer.spec, wanted))
        return { outcome: 'refused', code: 'WARDEN_WRITE_ALTERED' };
    }
    done({ step, stored: answer.spec });
    return fine;
  }

  async #prune(step: Extract<Step, { readonly kind: 'prune' }>): Promise<Result> {
    const answer = await this.#options.api.remove(step.live);
    switch (answer.kind) {
      case 'removed':
        this.#options.removed(step.live);
        this.#options.done({ step });
        return fine;
      case 'conflict':
        return { outcome: 'conflict', code: null };
      case 'refused':
        return { outcome: 'refused', code: `HTTP_${answer.status}` };
    }
  }

  #taken(reference: PolicyReference, answer: Written): ReturnType<typeof livePolicy> | Result {
    switch (answer.kind) {
      case 'written':
        this.#options.wrote(reference, answer.object);
        return livePolicy(answer.object);
      case 'conflict':
        return { outcome: 'conflict', code: null };
      case 'refused':
        return { outcome: 'refused', code: `HTTP_${answer.status}` };
    }
  }
}
