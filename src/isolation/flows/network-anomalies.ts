/** One connection of a network log against the map: what is wrong with it. */
import { anomaly, type FlowAnomalyCode } from './anomaly.ts';
import { nameOf, type Peer } from './peers.ts';
import type { Finding, Severity } from '../findings/finding.ts';
import type { Expectations, Match } from './expectations.ts';
import type { Judgement } from './flow-judge.ts';
import type { ObservedFlow } from './observed-flow.ts';

/** A connection with its ends recognised. */
export interface Sighting {
  readonly source: Peer;
  readonly destination: Peer;
  readonly flow: Pick<ObservedFlow, 'protocol' | 'port' | 'verdict' | 'seenAt'>;
}

/** What is known of a connection; equal for all entries of the same pair, port and verdict. */
export interface NetworkVerdict {
  readonly findings: readonly Finding[];
  readonly match: Match;
  /** Whether it touches anybody of the map; everything else is no business of the shield. */
  readonly concerns: boolean;
}

/** `left`: it passed the source's side, and nobody told about the destination's. */
type Fate = 'allowed' | 'left' | 'denied' | 'unknown';

/** Compares with the map, and with what the policies say where they are known. */
export function networkVerdict(
  expectations: Expectations,
  judgement: Judgement | null,
  sighting: Sighting,
): NetworkVerdict {
  const { source, destination, flow } = sighting;
  const match = expectations.match(source, destination, flow);
  const { verdict, seenAt } = flow;
  const fate: Fate = verdict === 'allowed' && seenAt === 'source' ? 'left' : verdict;
  const concerns =
    expectations.brokersOf(source).length > 0 ||
    expectations.brokersOf(destination).length > 0 ||
    expectations.isAnonymizer(source) ||
    expectations.isAnonymizer(destination) ||
    match.flows.length > 0;
  const findings = [
    ...(concerns ? againstMap(expectations, match, fate, sighting) : []),
    ...againstPolicies(judgement, fate, sighting),
  ];
  return { findings, match, concerns };
}

function againstMap(
  expectations: Expectations,
  match: Match,
  fate: Fate,
  sighting: Sighting,
): readonly Finding[] {
  const find = (
    code: FlowAnomalyCode,
    message: string,
    severity?: Severity,
  ): readonly Finding[] => [found(code, sighting, message, severity)];
  switch (match.standing) {
    case 'declared':
      return fate === 'denied'
        ? find('DECLARED_DENIED', `denied, though it must be possible: ${why(expectations, match)}`)
        : [];
    case 'internal':
      return fate === 'denied' && expectations.brokersOf(sighting.source).length > 0
        ? find('DECLARED_DENIED', 'denied, though both are brokers of one cluster')
        : [];
    case 'ambiguous':
      return find(
        'DESTINATION_AMBIGUOUS',
        `the log's name "${sighting.destination.label}" stands for several brokers, of which this peer may reach some`,
      );
    case 'by-port':
      return fate === 'denied'
        ? find('DECLARED_DENIED', `denied, though it must be possible: ${why(expectations, match)}`)
        : find('DESTINATION_BY_PORT', `taken for "${match.taken?.id ?? ''}" by its port alone`);
    case 'undeclared':
      return undeclared(expectations, fate, sighting, find);
  }
}

function undeclared(
  expectations: Expectations,
  fate: Fate,
  { source, destination }: Sighting,
  find: (code: FlowAnomalyCode, message: string, severity?: Severity) => readonly Finding[],
): readonly Finding[] {
  if (fate === 'denied') return [];
  const passed = fate === 'allowed';
  const unknown = source.resolved ? '' : '; nothing tells who has this address';
  if (expectations.isRaw(destination))
    return passed
      ? find('RAW_PEER_UNDECLARED', `let through to raw records, and declared nowhere${unknown}`)
      : find(
          'RAW_PEER_ATTEMPT',
          `sent towards raw records, declared nowhere, and ${fate === 'left' ? "let out on the source's side" : 'without a verdict in the log'}${unknown}`,
        );
  if (expectations.isAnonymizer(source))
    return fate === 'unknown'
      ? find(
          'ANONYMIZER_EGRESS_UNDECLARED',
          'sent by the anonymizer to where nothing is declared; the log has no verdict',
          'warning',
        )
      : find(
          'ANONYMIZER_EGRESS_UNDECLARED',
          'the anonymizer was let out to where nothing is declared',
        );
  if (fate === 'unknown') return [];
  const raw = expectations.isRaw(source) ? ', by a broker that holds raw records' : '';
  return find(
    'PEER_UNDECLARED',
    `${passed ? 'let through' : "let out on the source's side"}, and declared nowhere${raw}${unknown}`,
  );
}

function againstPolicies(
  judgement: Judgement | null,
  fate: Fate,
  sighting: Sighting,
): readonly Finding[] {
  if (judgement === null || judgement.verdict === 'unjudged') return [];
  const { verdict, deciders } = judgement;
  if (fate === 'allowed' && verdict === 'denied')
    return [
      { ...found('ENFORCER_OPEN', sighting, 'let through, though the policies deny it'), deciders },
    ];
  if (fate === 'denied' && verdict === 'allowed')
    return [
      { ...found('ENFORCER_SHUT', sighting, 'denied, though the policies allow it'), deciders },
    ];
  return [];
}

function found(
  code: FlowAnomalyCode,
  { source, destination, flow }: Sighting,
  message: string,
  severity?: Severity,
): Finding {
  const hop = `${flow.protocol} ${flow.port ?? 'any port'}`;
  const [from, to] = [nameOf(source), nameOf(destination)];
  return anomaly(code, {
    subject: `${from} => ${to} ${hop}`,
    message,
    path: [from, hop, to],
    ...(severity === undefined ? {} : { severity }),
  });
}

/** The first reasons of the map's flows. */
function why({ map }: Expectations, { flows }: Match): string {
  const reasons = new Set(flows.flatMap((index) => map.flows[index]?.why ?? []));
  const [first, ...others] = reasons;
  return `${first ?? ''}${others.length === 0 ? '' : ` and ${others.length} more`}`;
}
