/** Whether the warden's own policies leave the warden its way to Kafka. */
import type { Declared } from '../topology/placement.ts';

/** The pod that the warden runs in. */
export interface OwnPod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Clusters with brokers in pods that no operator of these labels administers: what is written would shut the warden out of them. */
export function undeclaredFor({ isolation, clusters }: Declared, own: OwnPod): readonly string[] {
  const declared = isolation.operators.filter(
    ({ workload: { namespace, podSelector } }) =>
      namespace === own.namespace &&
      Object.entries(podSelector).every(([key, value]) => own.labels[key] === value),
  );
  const reached = new Set(declared.flatMap(({ administers }) => administers));
  return [...clusters.keys()]
    .filter((name) => (isolation.brokers.get(name)?.pods.kind ?? 'addresses') !== 'addresses')
    .filter((name) => !reached.has(name))
    .toSorted();
}
