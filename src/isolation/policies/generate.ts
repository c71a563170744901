/**
 * From the flow map to what is applied. The one entry of this room:
 *
 *     const { files, findings } = generate(flows, { flavour: 'networkpolicy' });
 *
 * Files are sorted by path, their text ends with a newline. Where the map says that raw brokers can't be fenced, there are no files, and
 * `findings` say why: look at `refused`.
 */
import { compareFindings, type Finding } from '../findings/finding.ts';
import { renderAcls } from './acls.ts';
import { calicoPolicies } from './calico.ts';
import { ciliumPolicies } from './cilium.ts';
import { clusterNetworkPolicies } from './cluster-policies.ts';
import { flavourFindings } from './flavour-findings.ts';
import { networkPolicies } from './kubernetes.ts';
import { renderYaml, type Manifest } from './manifest.ts';
import { policySet } from './policy-set.ts';
import { judgeMap, refuses } from './refusal.ts';
import { strimziUsers } from './strimzi-users.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Flavour } from './flavours.ts';

export interface GenerateOptions {
  readonly flavour: Flavour;
  /** For policies that stand only while partitions are being moved: raw and sanitized topics may share brokers. Default false. */
  readonly transition?: boolean;
  /** Calico only: kinds that are reported on and not enforced. Default false. */
  readonly staged?: boolean;
}

/** One file; `path` is relative, with `/`. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

export interface Generated {
  /** Whether nothing was generated, since it would not fence. */
  readonly refused: boolean;
  readonly files: readonly GeneratedFile[];
  /** Sorted, worst first. */
  readonly findings: readonly Finding[];
}

/** Generates one flavour of a flow map. The same map gives the same bytes, in whatever order its lists are. */
export function generate(
  flows: FlowMap,
  { flavour, transition = false, staged = false }: GenerateOptions,
): Generated {
  const findings = [
    ...judgeMap(flows, { transition }),
    ...flavourFindings(flows, flavour),
  ].toSorted(compareFindings);
  if (findings.some(refuses)) return { refused: true, files: [], findings };
  if (flavour === 'kafka-acl')
    return { refused: false, files: [{ path: 'acls.json', text: renderAcls(flows) }], findings };
  return { refused: false, files: filesOf(objectsOf(flows, flavour, staged)), findings };
}

function objectsOf(
  flows: FlowMap,
  flavour: Exclude<Flavour, 'kafka-acl'>,
  staged: boolean,
): readonly Manifest[] {
  const set = policySet(flows);
  switch (flavour) {
    case 'networkpolicy':
      return networkPolicies(set);
    case 'clusternetworkpolicy':
      return [...networkPolicies(set), ...clusterNetworkPolicies(set)];
    case 'cilium':
      return ciliumPolicies(set);
    case 'calico':
      return calicoPolicies(set, { staged });
    case 'strimzi-user':
      return strimziUsers(flows, set);
  }
}

/** One file for each namespace, one for what belongs to the cluster, and one that names them all for `kubectl apply -k`. */
function filesOf(objects: readonly Manifest[]): readonly GeneratedFile[] {
  const byFile = new Map<string, Manifest[]>();
  for (const object of objects) {
    // No namespace can have a name with an underscore.
    const path = `${object.metadata.namespace ?? '_cluster'}.yaml`;
    byFile.set(path, [...(byFile.get(path) ?? []), object]);
  }
  const resources = [...byFile.keys()].toSorted();
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources,
  };
  return [
    ...resources.map((path) => ({ path, text: renderYaml(byFile.get(path) ?? []) })),
    { path: 'kustomization.yaml', text: renderYaml([kustomization]) },
  ].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
