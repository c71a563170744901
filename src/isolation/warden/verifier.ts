/** Verifies everybody's policies after each change, and not more often than it can afford. */
import { compareFindings, type Finding } from '../findings/finding.ts';
import { isOver, pause } from './pause.ts';
import { verify } from '../verification/verify.ts';
import type { AclSnapshot } from '../verification/acl.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Manifests } from '../manifests/manifests.ts';

export interface VerifierResult {
  readonly verified: boolean;
  readonly findings: readonly Finding[];
  readonly seconds: number;
}

export interface VerifierOptions {
  readonly manifests: () => Manifests;
  readonly now: () => number;
  readonly found: (result: VerifierResult) => void;
}

/** Milliseconds that changes are collected for. */
const collecting = 300;
/** A verification is followed by a pause that is so many times as long. */
const rest = 10;

export class Verifier {
  readonly #options: VerifierOptions;
  #map: FlowMap | null = null;
  #extra: readonly Finding[] = [];
  #acls: AclSnapshot | null = null;
  #stale = true;

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  /** Something in the cluster changed. */
  changed(): void {
    this.#stale = true;
  }

  /** Goes by this map and these lists from now on, `null` for not at all; `extra` is reported beside what verification finds. */
  judge(map: FlowMap | null, extra: readonly Finding[], acls: AclSnapshot | null): void {
    if (map === this.#map && extra === this.#extra && acls === this.#acls) return;
    this.#map = map;
    this.#extra = extra;
    this.#acls = acls;
    this.#stale = true;
  }

  /** Verifies until the signal; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(collecting, signal);
      const flows = this.#map;
      if (!this.#stale || flows === null || isOver(signal)) continue;
      this.#stale = false;
      const began = this.#options.now();
      const { findings } = verify({
        flows,
        manifests: this.#options.manifests(),
        acls: this.#acls,
      });
      const took = this.#options.now() - began;
      const all = [...findings, ...this.#extra.filter((one) => !isKnown(one, findings))];
      this.#options.found({
        verified: all.every(({ severity }) => severity !== 'error'),
        findings: all.toSorted(compareFindings),
        seconds: took / 1000,
      });
      await pause(took * rest, signal);
    }
  }
}

const isKnown = (one: Finding, findings: readonly Finding[]): boolean =>
  findings.some(({ code, subject }) => code === one.code && subject === one.subject);
