/** What the platform engineer of the shop gives the chart. */
import { broker, OPEN, OPEN_TOPIC, QUARANTINE, RAW, RAW_TOPIC, REGISTRY_URL } from './places.ts';

export interface Shields {
  /** The warden writes policies around the brokers, the admission guard watches labels and policies. */
  readonly raised: boolean;
  readonly replicas?: number;
  /** Any text; another one makes pods be replaced. */
  readonly version?: string;
  /** Of root keys; default `v1`. */
  readonly currentKey?: string;
  /** Memory limit of an anonymizer, such as `512Mi`. */
  readonly memory?: string;
}

/** Where the chart mounts certificates. */
export const CREDENTIALS = '/etc/lethe/credentials/kafka';

/** @returns values as an object; YAML is made of JSON. */
export function chartValues(image: string, shields: Shields): object {
  const { raised, replicas = 1, version = '1', currentKey = 'v1', memory = '512Mi' } = shields;
  const [repository, tag] = image.split(':') as [string, string];
  return {
    image: { repository, tag, pullPolicy: 'Never' },
    replicas,
    podAnnotations: { 'shop/version': version },
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory } },
    config: {
      kafka: {
        main: {
          bootstrapServers: [broker(RAW), broker(OPEN)],
          requestTimeout: '5s',
          tls: {
            ca: `${CREDENTIALS}/ca.crt`,
            certificate: `${CREDENTIALS}/tls.crt`,
            key: `${CREDENTIALS}/tls.key`,
          },
        },
      },
      registry: { url: REGISTRY_URL },
      keys: { current: currentKey },
      quarantine: { topic: QUARANTINE },
      rules: {
        tags: { PII: { technique: 'pseudonymize', output: 'email', domain: 'person.email' } },
      },
      routes: [
        {
          name: 'orders',
          from: { topic: RAW_TOPIC },
          to: { topic: OPEN_TOPIC },
          key: { type: 'string', technique: 'pseudonymize', domain: 'order.id' },
        },
      ],
      isolation,
    },
    keys: { existingSecret: 'lethe-keys' },
    credentials: [{ name: 'kafka', existingSecret: 'anonymizer' }],
    networkPolicy: {
      enabled: raised,
      // The warden makes these.
      allow: false,
      brokers: { main: [{ namespace: 'kafka', podSelector: { app: 'kafka' }, ports: [9092] }] },
      registry: [{ namespace: 'registry', podSelector: { app: 'registry' }, ports: [8080] }],
      dns: { namespace: 'kube-system', podSelector: { 'k8s-app': 'kube-dns' }, port: 1053 },
      apiServer: [{ cidr: '10.199.0.1/32', ports: [6443] }],
    },
    warden: {
      enabled: raised,
      mode: 'enforce',
      credentials: [{ name: 'kafka', existingSecret: 'warden' }],
      config: {
        kafka: {
          main: {
            tls: { certificate: `${CREDENTIALS}/tls.crt`, key: `${CREDENTIALS}/tls.key` },
          },
        },
      },
    },
    auditor: {
      enabled: raised,
      principal: 'User:CN=auditor',
      brokers: { main: [{ namespace: 'kafka', podSelector: openBroker, ports: [9092] }] },
      credentials: [{ name: 'kafka', existingSecret: 'auditor' }],
      config: {
        kafka: {
          main: {
            bootstrapServers: [broker(OPEN)],
            tls: { certificate: `${CREDENTIALS}/tls.crt`, key: `${CREDENTIALS}/tls.key` },
          },
        },
      },
    },
    admission: {
      enabled: raised,
      admins: { groups: ['system:masters'] },
      rawNamespaces: [{ name: 'kafka' }],
    },
    probe: { denied: [broker(RAW)] },
  };
}

const openBroker = { 'statefulset.kubernetes.io/pod-name': `kafka-${OPEN}` };

/** Who may talk to whom; everybody else is shut out. */
const isolation = {
  mode: 'brokers',
  anonymizer: { principal: 'User:CN=anonymizer' },
  brokers: {
    main: {
      namespace: 'kafka',
      pods: 'statefulset/kafka',
      port: 9092,
      interBrokerPort: 9092,
      controllers: { port: 9093 },
    },
  },
  clients: [
    {
      name: 'crm',
      workload: { namespace: 'crm', podSelector: { app: 'crm' } },
      produces: [RAW_TOPIC],
      principal: 'User:CN=crm',
    },
    {
      name: 'lake',
      workload: { namespace: 'lake', podSelector: { app: 'lake' } },
      consumes: [OPEN_TOPIC],
      groups: ['lake'],
      principal: 'User:CN=lake',
      registry: false,
    },
  ],
  registry: { namespace: 'registry', podSelector: { app: 'registry' }, port: 8080 },
  dns: { namespace: 'kube-system', podSelector: { 'k8s-app': 'kube-dns' }, port: 1053 },
  warden: { poll: '1s', settle: '4s' },
};
