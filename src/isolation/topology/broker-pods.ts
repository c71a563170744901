/** From node id to pod: by the labels that only the controllers of the pods set. */
import type { BrokerPods } from './isolation-settings.ts';

/** Where a party is. */
export type Place =
  | {
      readonly kind: 'pods';
      readonly namespace: string;
      readonly podSelector: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'address'; readonly address: string };

/**
 * The place of one broker; `null` where it can't be told. Strimzi names pods `<cluster>-<pool>-<node id>`, and the pool is known from the
 * host that the broker advertises.
 */
export function brokerPlace(pods: BrokerPods, id: number, host: string | null): Place | null {
  switch (pods.kind) {
    case 'statefulset': {
      const { namespace, name, firstNodeId } = pods;
      const pod = `${name}-${id - firstNodeId}`;
      return id < firstNodeId
        ? null
        : {
            kind: 'pods',
            namespace,
            podSelector: { 'statefulset.kubernetes.io/pod-name': pod },
          };
    }
    case 'strimzi': {
      const { namespace, name } = pods;
      const pod = host?.split('.')[0] ?? '';
      return pod.startsWith(`${name}-`) && pod.endsWith(`-${id}`)
        ? {
            kind: 'pods',
            namespace,
            podSelector: { 'strimzi.io/cluster': name, 'strimzi.io/pod-name': pod },
          }
        : null;
    }
    case 'selectors': {
      const podSelector = pods.nodes.get(id);
      return podSelector === undefined
        ? null
        : { kind: 'pods', namespace: pods.namespace, podSelector };
    }
    case 'addresses': {
      const address = pods.nodes.get(id);
      return address === undefined ? null : { kind: 'address', address };
    }
  }
}
