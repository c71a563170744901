/** What an attack is: who tries to reach what, what the policies at hand say, and what a whole shield would say. Plain data. */
import type { Decider, Finding } from '../findings/finding.ts';
import type { Choice } from '../reachability/verdict.ts';
import type { Family } from '../manifests/addresses.ts';
import type { Protocol } from '../manifests/objects.ts';

/** What kind of trick an attack is; the order is that of reports. */
export type AttackFamily =
  'impostor' | 'insider' | 'port' | 'twin' | 'node' | 'outside' | 'exfiltration' | 'time';

/** How the connection is made, for whoever tries it with real packets. */
export type Technique =
  /** A new connection to the pod's own address. */
  | 'connect'
  /** A new connection to the ClusterIP of a Service in front of the pod. */
  | 'service'
  /** A new connection to a port of a node that leads to the pod. */
  | 'node-port'
  /** A connection that was opened while it was allowed, used after the deny. */
  | 'held'
  /** A new connection in the first moments of the source's life, before its policies are in force. */
  | 'at-start';

/** What the network says about an attack. Ordered: `denied` is the strictest. */
export type AttackVerdict = 'denied' | 'implementation-defined' | 'allowed';

/** Who attacks. Labels are complete: a pod made from them is judged as the attack was. */
export type AttackSource =
  /** A pod that is not there: `namespace` may not be there either. */
  | {
      readonly kind: 'pod';
      readonly namespace: string;
      /** Labels of the namespace, `kubernetes.io/metadata.name` among them. */
      readonly namespaceLabels: Readonly<Record<string, string>>;
      readonly labels: Readonly<Record<string, string>>;
      readonly serviceAccount: string;
      readonly hostNetwork: boolean;
      /** Where it must run: beside the destination, on any other node, or anywhere. */
      readonly node: 'destination' | 'another' | 'any';
    }
  /** A pod of a workload that is there, taken over or given a sidecar. */
  | {
      readonly kind: 'workload';
      /** As lists name it: `namespace/name[Kind]`. */
      readonly workload: string;
      readonly namespace: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly serviceAccount: string;
    }
  /** A host outside of the cluster. */
  | { readonly kind: 'external'; readonly address: string };

/** What is attacked. */
export interface AttackDestination {
  readonly target:
    | {
        readonly kind: 'pod';
        readonly namespace: string;
        /** Labels by which the pod is found. */
        readonly labels: Readonly<Record<string, string>>;
        /** The pod's name, where the manifests tell it. */
        readonly pod: string | null;
      }
    | { readonly kind: 'external'; readonly address: string };
  /** For people: `main/11`, `lethe`, `the world`. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly family: Family;
}

/** What ends an attack that the network layer lets through, or may let through. */
export type Closer =
  | 'network policy'
  | 'admission guard'
  | 'TLS or SASL client identity with ACLs'
  | 'RBAC on namespaces'
  | 'RBAC on pods'
  | 'own nodes for raw brokers'
  | 'restart of both ends'
  | 'firewall of the nodes'
  | 'firewall of the brokers'
  | 'name service that does not forward'
  | 'hardening of the workload';

/** One attack with everything that is known about it. */
export interface Attack {
  /** Unique in one catalogue, and the same for the same input: `rogue-pod:main/11:TCP/9093`. */
  readonly id: string;
  /** The attack without its target: `rogue-pod`. */
  readonly kind: string;
  readonly family: AttackFamily;
  readonly title: string;
  /** The real event that it stands for. */
  readonly standsFor: string;
  readonly technique: Technique;
  readonly source: AttackSource;
  readonly destination: AttackDestination;
  /** By the evaluator, with the source added to the cluster. */
  readonly verdict: AttackVerdict;
  /** The loosest verdict that a whole shield gives. */
  readonly expected: AttackVerdict;
  /** What the verdict hangs on where it is `implementation-defined` by the evaluator's word. */
  readonly dependsOn: readonly Choice[];
  readonly deciders: readonly Decider[];
  /** Who closes the attack; `network policy` first where it can. */
  readonly closedBy: readonly Closer[];
  /** What remains where the network layer can't decide; null where it can. */
  readonly residual: string | null;
  /** Who must get through to the very same port, so that a refusal proves anything; null where nobody is meant to. */
  readonly control: AttackSource | null;
  readonly finding: Finding | null;
}

const looseness: Readonly<Record<AttackVerdict, number>> = {
  denied: 0,
  'implementation-defined': 1,
  allowed: 2,
};

/** Whether the first verdict lets more through than the second. */
export const looser = (one: AttackVerdict, other: AttackVerdict): boolean =>
  looseness[one] > looseness[other];
