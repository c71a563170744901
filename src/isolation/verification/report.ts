/** The answer of verification as a report that every format prints. */
import { atLeast, type Severity } from '../findings/finding.ts';
import { verificationRules } from './codes.ts';
import { flowRules } from './flow-rules.ts';
import { count, some } from './words.ts';
import type { Report } from '../findings/report.ts';
import type { Proof, TopicReach, Verification } from './verification.ts';

/** Statements about topics in texts; JSON has all of them. */
const mostTopics = 20;

export interface ReportOptions {
  readonly version: string;
  /** Findings at least this bad fail. */
  readonly threshold: Severity;
  /** The configuration file, at which findings without a place are shown. */
  readonly home: string | null;
  /** Where the objects come from, such as `the API server https://…`. */
  readonly source: string;
}

export function reportOf(
  { verified, findings, topics, proof }: Verification,
  { version, threshold, home, source }: ReportOptions,
): Report {
  const passed = findings.every(({ severity }) => !atLeast(severity, threshold));
  return {
    command: 'lethe network verify',
    version,
    verdict: verified
      ? passed
        ? 'verified'
        : 'verified, with remarks that this run does not accept'
      : 'not verified',
    passed,
    threshold,
    findings,
    rules: { ...verificationRules, ...flowRules },
    statements: [...statementsOf(proof, source), ...topicStatements(topics)],
    facts: { verified, source, proof, topics },
    home,
  };
}

function* statementsOf(proof: Proof, source: string): Generator<string> {
  const { workloads, policies, flows, pairs, imagined, rawBrokers, rawTopics, taken, acls } = proof;
  yield `judged ${count(workloads, 'workload')} and ${count(imagined, 'imagined pod')} of ${source} under ${count(policies.ours, 'policy', 'policies')} of ours and ${policies.others} of others`;
  yield `looked up ${flows.checked} of ${count(flows.declared, 'declared flow')}, and ${pairs.ingress} pairs inwards and ${pairs.egress} outwards for what nobody declares`;
  yield `${count(rawTopics, 'raw topic')} on ${count(rawBrokers, 'broker')} as of ${taken}`;
  yield acls === null
    ? 'ACLs were not given: what the authorizer allows is not judged'
    : `compared with ${count(acls, 'ACL entry', 'ACL entries')}`;
}

function* topicStatements(topics: readonly TopicReach[]): Generator<string> {
  for (const { topics: names, brokers, reachedBy, readableBy } of topics.slice(0, mostTopics)) {
    const who = reachedBy.length === 0 ? 'nobody' : some(reachedBy, 5);
    const may = readableBy === null ? '' : `; readable by ${some(readableBy, 5) || 'nobody'}`;
    yield `who can reach ${some(names)} on ${some(brokers)}: ${who}${may}`;
  }
  if (topics.length > mostTopics)
    yield `and ${topics.length - mostTopics} more sets of topics (all in --format json)`;
}
