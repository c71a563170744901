/** What the flow map and the manifests say by themselves, in the shape of findings. */
import { holdsRaw } from '../topology/flow-scene.ts';
import { isPods } from './party-match.ts';
import { rangeIn, type Scene } from './scene.ts';
import { some } from './words.ts';
import type { Decider, Finding } from '../findings/finding.ts';
import type { Complaint } from '../manifests/complaints.ts';

/** Findings of the flow map: no policy decides about them. */
export const fromFlowMap = ({ input }: Scene): readonly Finding[] =>
  input.flows.findings.map((finding) => ({ ...finding, deciders: [], path: [] }));

/** Complaints about manifests: an error means that nothing may be called verified. */
export const fromComplaints = ({ input }: Scene): readonly Finding[] =>
  input.manifests.complaints.flatMap((complaint) => fromComplaint(complaint) ?? []);

function fromComplaint(complaint: Complaint): Finding | undefined {
  const { severity, path, message } = complaint;
  if (severity === 'info') return undefined;
  const at = whereOf(path);
  return {
    code: codeOf(complaint),
    severity,
    subject: path === '' ? 'manifests' : path,
    message,
    deciders: at === undefined ? [] : [at],
    path: [],
    remedy:
      severity === 'error' ? 'correct it and verify again' : 'make the manifest say what is meant',
  };
}

function codeOf({ code, path }: Complaint): string {
  if (code === 'UNKNOWN_FIELD' && /\.rules\.(kafka|l7|l7proto)$/.test(path))
    return 'CILIUM_KAFKA_RULES';
  // A live cluster was read in part; files that can't be read have paths.
  if (code === 'UNREADABLE' && path.startsWith('kubernetes: ')) return 'CLUSTER_UNREADABLE';
  return code === 'UNKNOWN_POLICY' ? 'POLICY_UNKNOWN' : 'MANIFEST_UNCLEAR';
}

/** `file:line field`, taken apart; a path without a line is that of a file. */
function whereOf(path: string): Decider | undefined {
  if (path === '' || path.startsWith('kubernetes: ')) return undefined;
  const [, file = path, line = '1', field = null] = /^(.*?):(\d+)(?: (.*))?$/s.exec(path) ?? [];
  return { policy: 'Manifest', rule: field, origin: { file, line: Number(line) } };
}

/** Parties that are nowhere, twice, or at a place that policies can't name. */
export function partyFindings(scene: Scene): readonly Finding[] {
  return scene.input.flows.parties.flatMap((party) => {
    const { id, kind, place } = party;
    const plain = { subject: id, deciders: [], path: [] };
    if (place === null || (place.kind === 'address' && rangeIn(place.address) === undefined))
      return [
        {
          ...plain,
          code: 'PARTY_UNPLACED',
          // Whoever reaches a raw broker that is nowhere can't be known: silence about it would be a lie.
          severity: holdsRawAt(scene, id) ? ('error' as const) : ('warning' as const),
          message:
            place === null
              ? `nobody declares where "${id}" is, so its flows were not checked`
              : `"${id}" is known by the name "${place.address}" only, so flows to it were not checked`,
          remedy: 'declare its pods, or its address',
        },
      ];
    if (!isPods(party)) return [];
    const actors = scene.actorsOf(id);
    if (actors.every(({ presence }) => presence === 'declared')) {
      const vital = kind === 'anonymizer' || kind === 'broker';
      return [
        {
          ...plain,
          code: 'PARTY_ABSENT',
          severity: vital ? ('error' as const) : ('warning' as const),
          message: `no pod of the manifests is "${id}": namespace "${place.kind === 'pods' ? place.namespace : ''}" has none with the declared labels`,
          remedy: 'add its manifests, or correct its namespace and labels in the section isolation',
        },
      ];
    }
    const labels = actors.map(({ label }) => label);
    if (labels.length < 2 || kind === 'controller' || kind === 'other') return [];
    return [
      {
        ...plain,
        code: 'PARTY_AMBIGUOUS',
        severity: 'warning' as const,
        message: `"${id}" is several workloads at once: ${some(labels)}`,
        remedy: 'choose labels that only one of them has, unless all are meant',
      },
    ];
  });
}

const holdsRawAt = (scene: Scene, id: string): boolean => {
  const broker = scene.brokers.get(id);
  return broker !== undefined && holdsRaw(broker);
};

/** Declarations that contradict each other: pods that are to be fenced, and to be let through the fence as somebody else. */
export function overlaps({ actors }: Scene): readonly Finding[] {
  return actors.flatMap(({ label, parties }) => {
    const inside = parties.filter((id) => /^(anonymizer$|broker )/.test(id));
    const outside = parties.filter((id) => /^(client|operator) /.test(id));
    if (inside.length === 0 || outside.length === 0) return [];
    return [
      {
        code: 'PARTY_OVERLAP',
        severity: 'warning' as const,
        subject: label,
        message: `${label} is ${some(inside)} and also ${some(outside)}: what is declared for one is allowed to both`,
        deciders: [],
        path: [],
        remedy: 'choose labels that only one of them has',
      },
    ];
  });
}

/** An answer about nothing is no answer. */
export function nothingToJudge({ input, actors }: Scene): readonly Finding[] {
  const { manifests, flows } = input;
  const missing = [
    ...(manifests.workloads.length === 0 ? ['workloads'] : []),
    ...(manifests.policies.length === 0 ? ['policies'] : []),
    ...(flows.brokers.some(({ raw }) => raw.length > 0) ? [] : ['raw topics on any broker']),
    ...(actors.some(({ presence, parties }) => presence === 'real' && parties.length > 0)
      ? []
      : ['pods that are any declared party']),
  ];
  return missing.map((what) => ({
    code: 'NOTHING_TO_JUDGE',
    severity: 'error' as const,
    subject: what,
    message: `the input has no ${what}, so nothing can be verified`,
    deciders: [],
    path: [],
    remedy: 'give the manifests of the whole cluster and a snapshot of all Kafka clusters',
  }));
}
