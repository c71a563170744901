/** The proof: what the policies of everybody allow, against what must be possible and nothing more. */
import { compareFindings } from '../findings/finding.ts';
import { accessFindings } from './access.ts';
import { exposed } from './exposed.ts';
import {
  fromComplaints,
  fromFlowMap,
  nothingToJudge,
  overlaps,
  partyFindings,
} from './from-inputs.ts';
import { hostNetwork } from './host-network.ts';
import { idlePolicies, inertRules } from './idle-policies.ts';
import { missingFlows } from './missing-flows.ts';
import { nameServicePorts } from './name-service.ts';
import { openNamespaces } from './namespaces.ts';
import { Scene } from './scene.ts';
import { secondHops } from './second-hop.ts';
import { brokerReach, topicReach } from './topics.ts';
import { undeclared } from './undeclared.ts';
import {
  ownership,
  type Proof,
  type Verification,
  type VerificationInput,
} from './verification.ts';

/**
 * Verifies that declared flows are allowed, that nothing else reaches raw brokers or the anonymizer or leaves the anonymizer, and that nothing
 * stands beside the policies that would undo them. Pure; shares no code with what generates policies.
 */
export function verify(input: VerificationInput): Verification {
  const scene = new Scene(input);
  const missing = missingFlows(scene);
  const excess = undeclared(scene);
  const reaches = brokerReach(scene);
  const findings = [
    ...nothingToJudge(scene),
    ...fromComplaints(scene),
    ...fromFlowMap(scene),
    ...partyFindings(scene),
    ...overlaps(scene),
    ...missing.findings,
    ...excess.findings,
    ...nameServicePorts(scene),
    ...openNamespaces(scene),
    ...idlePolicies(scene),
    ...inertRules(scene),
    ...hostNetwork(scene),
    ...exposed(scene),
    ...secondHops(scene, reaches),
    ...accessFindings(scene),
  ].toSorted(compareFindings);
  return {
    verified: findings.every(({ severity }) => severity !== 'error'),
    findings,
    topics: topicReach(scene, reaches),
    proof: proofOf(scene, missing.checked, excess.pairs),
  };
}

function proofOf(scene: Scene, checked: number, pairs: Proof['pairs']): Proof {
  const { flows, manifests, acls } = scene.input;
  const labels = [...manifests.policyLabels.values()];
  const ours = labels.filter((one) => one.get(ownership.key) === ownership.value).length;
  const raw = flows.brokers.filter((one) => one.raw.length > 0);
  return {
    taken: flows.taken,
    workloads: manifests.workloads.length,
    policies: { ours, others: manifests.policies.length - ours },
    rawBrokers: raw.length,
    rawTopics: new Set(raw.flatMap((one) => one.raw.map((topic) => `${one.cluster} ${topic}`)))
      .size,
    flows: { declared: flows.flows.length, checked },
    pairs,
    imagined: scene.imagined,
    acls:
      acls === null
        ? null
        : [...acls.values()].reduce((sum, one) => sum + (one?.bindings.length ?? 0), 0),
  };
}
