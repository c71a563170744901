/** The release of the chart that the stage is about: what Helm renders for the addresses of the lab, and nothing written by hand. */
import { at, listAt, only, render, type Rendered } from '../../helm/chart.ts';

/** Where things are that the values name. */
export interface Addresses {
  /** `host:port` of a raw and an open broker. */
  readonly brokers: readonly [raw: string, open: string];
  readonly registry: string;
  readonly dns: string;
  readonly apiServer: string;
}

/** What a pod of the release is known by. */
export interface Identity {
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
}

export interface Release {
  /** `lethe.yaml` of the anonymizer, out of its ConfigMap. */
  readonly settings: string;
  readonly anonymizer: Identity;
  readonly warden: Identity;
  readonly auditor: Identity;
  /** Exactly the NetworkPolicies of an installation, as a list for the API server. */
  readonly policies: string;
  /** What `helm test` makes beside them. */
  readonly probe: Identity & {
    /** Exactly the NetworkPolicies of the hook. */
    readonly policies: string;
    readonly script: string;
    /** The command and its arguments; files are below `/probe`, Node is `/app/node`. */
    readonly command: readonly string[];
  };
}

/** Renders the chart. `allow`: with the chart's own policy for the anonymizer; without it, that is left to the generated ones. */
export async function renderRelease(addresses: Addresses, allow: boolean): Promise<Release> {
  const objects = await render({ values: [], over: values(addresses, allow) });
  const probe = only(objects, 'Pod', 'lethe-probe');
  const policies = (hooks: boolean): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: objects
        .filter((one) => one.kind === 'NetworkPolicy' && isHook(one) === hooks)
        .map(({ object }) => object),
    });
  const settings = at(only(objects, 'ConfigMap', 'lethe-anonymizer'), 'data', 'lethe.yaml');
  const script = at(only(objects, 'ConfigMap', 'lethe-probe'), 'data', 'probe.mjs');
  return {
    settings: String(settings),
    anonymizer: identity(at(only(objects, 'StatefulSet'), 'spec', 'template')),
    warden: identity(at(only(objects, 'Deployment', 'lethe-warden'), 'spec', 'template')),
    auditor: identity(at(only(objects, 'Deployment', 'lethe-auditor'), 'spec', 'template')),
    policies: policies(false),
    probe: {
      ...identity(probe),
      policies: policies(true),
      script: String(script),
      command: ['command', 'args'].flatMap((part) =>
        listAt(probe, 'spec', 'containers', 0, part).map(String),
      ),
    },
  };
}

const isHook = ({ object }: Rendered): boolean =>
  at(object, 'metadata', 'annotations', 'helm.sh/hook') !== undefined;

const identity = (pod: unknown): Identity => ({
  labels: at(pod, 'metadata', 'labels') as Identity['labels'],
  serviceAccount: (at(pod, 'spec', 'serviceAccountName') as string | undefined) ?? 'default',
});

const values = ({ brokers, registry, dns, apiServer }: Addresses, allow: boolean): string => `
keys: { existingSecret: lethe-keys }
config:
  kafka: { main: { bootstrapServers: ['${brokers.join("', '")}'], requestTimeout: 5s } }
  registry: { url: 'http://${registry}:8081/apis/ccompat/v7' }
  keys: { current: v1 }
  quarantine: { topic: lethe.quarantine }
  rules:
    tags: { PII: { technique: pseudonymize, output: email, domain: person.email } }
  routes:
    - name: orders
      from: { topic: raw.orders }
      to: { topic: public.orders }
      key: { type: string, technique: pseudonymize, domain: order.id }
  isolation:
    mode: brokers
    brokers:
      main:
        namespace: kafka
        pods: statefulset/kafka
        port: 9092
        interBrokerPort: 9092
        controllers: { port: 9093 }
    clients:
      - name: crm
        workload: { namespace: crm, podSelector: { app: crm } }
        produces: [raw.orders]
      - name: lake
        workload: { namespace: lake, podSelector: { app: lake } }
        consumes: [public.orders]
        groups: [lake]
        registry: false
    operators:
      - name: prometheus
        workload: { namespace: monitoring, podSelector: { app: prometheus } }
        scrapes: [lethe]
    registry: { namespace: registry, podSelector: { app: registry }, port: 8081 }
    dns: { namespace: kube-system, podSelector: { k8s-app: kube-dns } }
networkPolicy:
  allow: ${String(allow)}
  brokers: { main: [{ namespace: kafka, podSelector: { app: kafka }, ports: [9092] }] }
  registry: [{ namespace: registry, podSelector: { app: registry }, ports: [8081] }]
  metricsFrom: [{ namespace: monitoring, podSelector: { app: prometheus } }]
  apiServer: [{ cidr: ${apiServer}/32, ports: [6443] }]
warden: { enabled: true, mode: enforce }
auditor:
  enabled: true
  config: { kafka: { main: { bootstrapServers: ['${brokers[1]}'] } } }
  brokers:
    main:
      - namespace: kafka
        podSelector: { statefulset.kubernetes.io/pod-name: kafka-2 }
        ports: [9092]
probe: { denied: ['${brokers[0]}'], reached: ['${dns}:53'] }
`;
