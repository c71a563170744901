import { lastPort } from '../reachability/port-set.ts';
import { rulesOf } from '../reachability/rule-parts.ts';
import {
  matches,
  namespaceLabel,
  namespaceName,
  onHostNetwork,
  serviceAccountLabel,
  serviceAccountName,
} from '../manifests/labels.ts';
import type { Policy } from '../reachability/rules.ts';
import type { Opening } from './impostors.ts';
import type { AttackScene, RawBroker, TargetPod } from './scene.ts';

/** Rules that let somebody reach the pod, with a port that each opens. */
export function openings(
  { manifests }: AttackScene,
  { broker }: RawBroker,
  { namespace, shape }: TargetPod,
  policies: readonly Policy[],
): readonly Opening[] {
  const own = manifests.namespaces.find(({ name }) => name === namespace);
  const account = manifests.serviceAccounts.find(
    (one) => one.namespace === namespace && one.name === shape.serviceAccount,
  );
  const facts = new Map<string, string>([
    ...shape.labels,
    [namespaceName, namespace],
    [serviceAccountName, shape.serviceAccount],
    [onHostNetwork, String(shape.hostNetwork)],
    ...[...(own?.labels ?? [])].map(([key, value]) => [namespaceLabel(key), value] as const),
    ...[...(account?.labels ?? [])].map(
      ([key, value]) => [serviceAccountLabel(key), value] as const,
    ),
  ]);
  return policies
    .filter(({ subjects }) => matches(subjects, (key) => facts.get(key)))
    .flatMap((policy) =>
      rulesOf(policy, 'ingress')
        .filter(({ action }) => action === 'allow')
        .flatMap((rule) => {
          const at = openedBy(rule, shape, broker.port);
          return at === undefined ? [] : [{ policy: policy.ref, rule, ...at }];
        }),
    );
}

function openedBy(
  { ports }: Opening['rule'],
  shape: TargetPod['shape'],
  kafka: number,
): Pick<Opening, 'protocol' | 'port'> | undefined {
  if (ports === 'any') return { protocol: 'TCP', port: kafka };
  const ranges = ports.flatMap((port) =>
    port.kind === 'range'
      ? [port]
      : shape.ports
          .filter(
            ({ name, protocol }) => name === port.name && [protocol, 'any'].includes(port.protocol),
          )
          .map(({ number, protocol }) => ({ protocol, first: number, last: number })),
  );
  const hit = ranges.find(
    ({ protocol, first, last }) => protocol === 'TCP' && first <= kafka && kafka <= last,
  );
  if (hit !== undefined) return { protocol: 'TCP', port: kafka };
  const [range] = ranges;
  return range === undefined
    ? undefined
    : { protocol: range.protocol, port: Math.min(range.first, lastPort) };
}
