/** What a replay found, in the shape of every finding. */
import type { Finding, Severity } from '../findings/finding.ts';
import type { ReplayedPair } from './replay.ts';

/** Stable: dashboards and suppressions go by it. */
export type ReplayFindingCode = 'REPLAY_BREAKS' | 'REPLAY_OPENS' | 'REPLAY_UNJUDGED';

const remedies: Readonly<Record<ReplayFindingCode, string>> = {
  REPLAY_BREAKS:
    'allow it in the proposed policies, or accept that it ends: who denies is named with file and line',
  REPLAY_OPENS: 'narrow the rule that allows it, or declare the connection',
  REPLAY_UNJUDGED:
    'give --manifests with every pod and its address (kubectl get pods -A -o yaml), and a log that tells ports and verdicts',
};

/** The finding of a pair; null where nothing changes. */
export function replayFinding(pair: ReplayedPair): Finding | null {
  switch (pair.outcome) {
    case 'stays':
      return null;
    case 'breaks':
      return finding(
        'REPLAY_BREAKS',
        pair,
        breakSeverity(pair),
        `${recorded(pair)}; denied under the proposed policies`,
      );
    case 'opens':
      return finding(
        'REPLAY_OPENS',
        pair,
        openSeverity(pair),
        `${recorded(pair)}; allowed under the proposed policies`,
      );
    case 'unjudged':
      return finding(
        'REPLAY_UNJUDGED',
        pair,
        pair.raw === true ? 'warning' : 'note',
        `${recorded(pair)}; ${pair.why ?? ''}`,
      );
  }
}

/** Without a map nobody knows what is declared, so that every break counts. What is undeclared and ends is what policies are for. */
function breakSeverity({ declared }: ReplayedPair): Severity {
  return declared === false ? 'note' : 'error';
}

/** A declared flow that was denied is mended; an undeclared one opens, which raw brokers must never be. */
function openSeverity({ declared, raw }: ReplayedPair): Severity {
  if (declared === true) return 'note';
  return raw === false ? 'warning' : 'error';
}

function recorded({ before, beforeBy, counts, declared }: ReplayedPair): string {
  const said = `${counts.allowed} allowed, ${counts.denied} denied, ${counts.unknown} without verdict`;
  const then = beforeBy === 'baseline' ? `${before} by the baseline` : before;
  const map = declared === null ? '' : declared ? ', declared' : ', not declared';
  return `${then} until now (${said}${map})`;
}

function finding(
  code: ReplayFindingCode,
  { source, destination, protocol, port, deciders }: ReplayedPair,
  severity: Severity,
  message: string,
): Finding {
  const hop = `${protocol} ${port ?? 'any port'}`;
  return {
    code,
    severity,
    subject: `${source} => ${destination} ${hop}`,
    message,
    deciders,
    path: [source, hop, destination],
    remedy: remedies[code],
  };
}
