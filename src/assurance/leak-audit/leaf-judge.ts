/** One leaf against its expectation; where the value passes on purpose, against the detectors. */
import { isUtf8 } from 'node:buffer';
import { leakCodes, type AuditCode } from './codes.ts';
import { detectors } from './detectors/detectors.ts';
import { expectationOf } from './forms/expectation.ts';
import type { PlanStep } from '../../anonymization/plan/plan.ts';
import type { DetectorName } from './detectors/detector.ts';
import type { Expectation } from './forms/form.ts';
import type { Leaf, LeafValue } from './leaf.ts';
import type { AllowedLeak } from './settings.ts';

/** Shorter than the shortest thing that a detector knows. */
const shortest = 6;

export class LeafJudge {
  readonly #detectors: readonly DetectorName[];
  readonly #allowed: ReadonlySet<string>;
  readonly #expectations = new WeakMap<PlanStep, Expectation>();
  readonly #blind = new Map<string, string>();

  /** @param allow finds of this route that are accepted */
  constructor(detect: readonly DetectorName[], allow: readonly AllowedLeak[]) {
    this.#detectors = detect;
    this.#allowed = new Set(allow.map(({ path, detector }) => `${detector} ${path}`));
  }

  /** Leaves met whose values can't be told from raw ones: path → technique. */
  get blind(): ReadonlyMap<string, string> {
    return this.#blind;
  }

  /** What is wrong with the value; nothing for most. */
  judge({ path, step }: Leaf, value: LeafValue): readonly AuditCode[] {
    const expected = step === null ? ({ kind: 'kept' } as const) : this.#expected(path, step);
    switch (expected.kind) {
      case 'kept':
        return this.#detect(path, value);
      case 'absent':
        return ['FORM_BROKEN'];
      case 'form':
        return expected.holds(value) ? [] : ['FORM_BROKEN'];
    }
  }

  #expected(path: string, step: PlanStep): Expectation {
    const known = this.#expectations.get(step);
    if (known !== undefined) return known;
    const made = expectationOf(step);
    this.#expectations.set(step, made);
    if (made.kind === 'form' && made.blind) this.#blind.set(path, step.technique.technique);
    return made;
  }

  #detect(path: string, value: LeafValue): readonly AuditCode[] {
    const text = Buffer.isBuffer(value) && isUtf8(value) ? value.toString() : value;
    if (typeof text !== 'string' || text.length < shortest) return [];
    return this.#detectors
      .filter((name) => detectors[name](text) && !this.#allowed.has(`${name} ${path}`))
      .map((name) => leakCodes[name]);
  }
}
