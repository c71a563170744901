/** Manifests of what stands around the service: brokers, registry, and the people who use them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokerHost, namespaces } from './places.ts';

/** Fixed, since every shop is a cluster of its own. */
const CLUSTER_ID = 'TGV0aGVTaG9wQ2x1c3Rlcg';
const VOTERS = [0, 1, 2].map((id) => `${id}@${brokerHost(id)}:9093`).join();

/** What PodSecurity `restricted` asks for. */
const podSecurity = {
  runAsNonRoot: true,
  runAsUser: 1000,
  runAsGroup: 1000,
  fsGroup: 1000,
  seccompProfile: { type: 'RuntimeDefault' },
};
const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

export const list = (items: readonly object[]): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

export const namespaceObjects = (): readonly object[] =>
  namespaces.map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  }));

export const secret = (
  namespace: string,
  name: string,
  stringData: Readonly<Record<string, string>>,
): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData });

/** Folder of the node that holds the data of a broker, so that its pod can be replaced. */
export const brokerFolder = (id: number): string => `/var/lib/brokers/${id}`;

/**
 * Three brokers that are controllers as well, with TLS everywhere. A client may show a certificate, and is nobody in particular without one:
 * what nobody in particular may do is up to the access control lists.
 */
export function kafkaObjects(image: string): readonly object[] {
  const metadata = { name: 'kafka', namespace: 'kafka' };
  const labels = { app: 'kafka' };
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { 'server.properties': brokerProperties, 'start.sh': START },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      // Brokers elect a controller before any of them is ready.
      spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector: labels },
    },
    ...[0, 1, 2].map((id) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `broker-${id}` },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: brokerFolder(id) },
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          namespace: 'kafka',
          name: `data-kafka-${id}`,
        },
      },
    })),
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata,
      spec: {
        serviceName: 'kafka',
        replicas: 3,
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 10,
            securityContext: podSecurity,
            containers: [
              {
                name: 'kafka',
                image,
                imagePullPolicy: 'Never',
                command: ['sh', '/config/start.sh'],
                ports: [{ containerPort: 9092 }, { containerPort: 9093 }],
                readinessProbe: { tcpSocket: { port: 9092 }, periodSeconds: 1 },
                resources: { limits: { memory: '768Mi' } },
                securityContext: containerSecurity,
                volumeMounts: [
                  { name: 'config', mountPath: '/config' },
                  { name: 'certificates', mountPath: '/certificates' },
                  { name: 'data', mountPath: '/data' },
                  { name: 'tmp', mountPath: '/tmp' },
                ],
              },
            ],
            volumes: [
              { name: 'config', configMap: { name: 'kafka' } },
              { name: 'certificates', secret: { secretName: 'broker' } },
              { name: 'tmp', emptyDir: {} },
            ],
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: {
              storageClassName: '',
              accessModes: ['ReadWriteOnce'],
              resources: { requests: { storage: '1Gi' } },
            },
          },
        ],
      },
    },
  ];
}

/** A pod knows its number by its name. */
const START = `set -eu
id=\${HOSTNAME##*-}
cp /config/server.properties /tmp/server.properties
cat >>/tmp/server.properties <<EOF
node.id=$id
advertised.listeners=SSL://kafka-$id.kafka.kafka.svc:9092
EOF
java kafka.tools.StorageTool format --ignore-formatted -t ${CLUSTER_ID} -c /tmp/server.properties
exec java -Xms192m -Xmx320m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dsun.net.inetaddr.ttl=2 -Dsun.net.inetaddr.negative.ttl=0 kafka.Kafka /tmp/server.properties
`;

/** Replication is one: what matters is which broker a partition is on. */
const brokerProperties = Object.entries({
  'process.roles': 'broker,controller',
  'controller.quorum.voters': VOTERS,
  listeners: 'SSL://0.0.0.0:9092,CONTROLLER://0.0.0.0:9093',
  'listener.security.protocol.map': 'SSL:SSL,CONTROLLER:SSL',
  'inter.broker.listener.name': 'SSL',
  'controller.listener.names': 'CONTROLLER',
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.location': '/certificates/keystore.pem',
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': '/certificates/ca.crt',
  'listener.name.ssl.ssl.client.auth': 'requested',
  'listener.name.controller.ssl.client.auth': 'required',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:CN=broker;User:CN=administrator',
  'log.dirs': '/data/log',
  'num.partitions': 3,
  'default.replication.factor': 1,
  'min.insync.replicas': 1,
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 3,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 3,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  'group.initial.rebalance.delay.ms': 0,
  'broker.session.timeout.ms': 9000,
  'broker.heartbeat.interval.ms': 1000,
  'auto.create.topics.enable': false,
  'log.cleaner.dedupe.buffer.size': 16 << 20,
})
  .map(([name, value]) => `${name}=${value}\n`)
  .join('');

export function registryObjects(image: string): readonly object[] {
  const metadata = { name: 'registry', namespace: 'registry' };
  const labels = { app: 'registry' };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: podSecurity,
            containers: [
              {
                name: 'registry',
                image,
                imagePullPolicy: 'Never',
                ports: [{ containerPort: 8080 }],
                readinessProbe: {
                  httpGet: { path: '/apis/ccompat/v7/subjects', port: 8080 },
                  periodSeconds: 1,
                },
                resources: { limits: { memory: '768Mi' } },
                securityContext: containerSecurity,
                volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
              },
            ],
            volumes: [{ name: 'tmp', emptyDir: {} }],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: [{ port: 8080 }] },
    },
  ];
}

export interface PersonOptions {
  readonly name: string;
  readonly namespace: string;
  /** Image of the service: it brings Node and Kafka clients. */
  readonly image: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Secret with a certificate; without one only the authority's is at hand. */
  readonly identity?: string;
  /** What it does from its first moment on; without it, it waits to be sent. */
  readonly errand?: object;
}

/**
 * A pod that tries to connect from its first moment on, for three seconds. A shell does it, which is up long before Node would be. Its log tells, in
 * 1/100 s of the machine's clock, when it began and each moment at which it got through.
 */
export function newbornObject(
  { name, namespace, image }: Pick<PersonOptions, 'name' | 'namespace' | 'image'>,
  { host, port }: { readonly host: string; readonly port: number },
): object {
  const script = `
now() { read -r up rest </proc/uptime; echo "\${up%.*}\${up#*.}"; }
born=$(now)
echo "born $born"
while [ $(($(now) - born)) -lt 300 ]; do
  nc -w 1 ${host} ${port} -e /bin/busybox true 2>/dev/null && echo "open $(now)"
done
exit 0`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      securityContext: podSecurity,
      containers: [
        {
          name: 'newborn',
          image,
          imagePullPolicy: 'Never',
          command: ['sh', '-c', script],
          securityContext: containerSecurity,
        },
      ],
    },
  };
}

const ERRAND = '/app/errand/errand.ts';
export const LOGIN = { authority: '/credentials/ca.crt', identity: '/credentials' } as const;
/** Words of a command that sends a person on an errand. */
export const errandCommand = (errand: object): readonly string[] => [
  ...['/app/node', '--disable-warning=TimeoutNegativeWarning', ERRAND, JSON.stringify(errand)],
];

/** The script and the authority's certificate, in a namespace of people. */
export const personSettings = (namespace: string, authority: string): readonly object[] => [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'errand', namespace },
    data: { 'errand.ts': readFileSync(join(import.meta.dirname, 'errand.ts'), 'utf8') },
  },
  secret(namespace, 'nobody', { 'ca.crt': authority }),
];

/** A pod that holds a Kafka client. */
export function personObject(person: PersonOptions): object {
  const { name, namespace, image, labels = { app: name }, identity = 'nobody', errand } = person;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      restartPolicy: 'Never',
      securityContext: podSecurity,
      containers: [
        {
          name: 'client',
          image,
          imagePullPolicy: 'Never',
          command:
            errand === undefined
              ? ['/app/node', '-e', 'setInterval(() => undefined, 60_000)']
              : errandCommand(errand),
          securityContext: containerSecurity,
          volumeMounts: [
            // Beside the libraries of the image, so that it finds them.
            { name: 'errand', mountPath: '/app/errand' },
            { name: 'credentials', mountPath: '/credentials' },
          ],
        },
      ],
      volumes: [
        { name: 'errand', configMap: { name: 'errand' } },
        { name: 'credentials', secret: { secretName: identity } },
      ],
    },
  };
}
