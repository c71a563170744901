/** What the chart's values may be. Descriptions are the comments of values.yaml. */
import { z } from 'zod';

/** Names that end up in CEL or YAML: no quotes, no spaces. */
const word = z.string().regex(/^[A-Za-z0-9@._:/-]+$/);
const dnsLabel = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const dnsName = z.string().regex(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/);
const optional = <Text extends z.ZodType>(text: Text) => z.union([z.literal(''), text]);
const labels = z.record(
  z.string().regex(/^[A-Za-z0-9./_-]{1,317}$/),
  z.string().regex(/^[A-Za-z0-9._-]{0,63}$/),
);
const texts = z.record(z.string(), z.string());
const podSelector = labels.refine((pairs) => Object.keys(pairs).length > 0);
const port = z.int().min(1).max(65_535);
const count = z.int().min(0);
const hostPort = z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/);
/** What Kubernetes itself checks; only its kind is known here. */
const anyObject = z.record(z.string(), z.unknown());
const anyList = z.array(anyObject);

const workload = z.strictObject({ namespace: dnsLabel, podSelector });
const peers = z.array(
  z.strictObject({
    namespace: dnsLabel.optional(),
    podSelector: podSelector.optional(),
    cidr: z
      .string()
      .regex(/^[0-9a-fA-F:.]+\/\d{1,3}$/)
      .optional(),
    ports: z.array(port).optional(),
  }),
);
const secret = { existingSecret: optional(dnsName).optional(), csi: anyObject.optional() };
const credentials = z.array(z.strictObject({ name: dnsLabel, ...secret }));
const scaling = {
  enabled: z.boolean(),
  minReplicas: z.int().min(1),
  maxReplicas: z.int().min(1),
  partitions: count,
};
const account = { name: optional(dnsName), annotations: texts };

/** Everything but `config`, `warden.config` and `auditor.config`, which are made from the service's own schema. */
export const chartSchema = z.strictObject({
  nameOverride: optional(dnsLabel),
  fullnameOverride: optional(dnsLabel),
  image: z.strictObject({
    repository: z.string().min(1),
    tag: z.string(),
    digest: optional(z.string().regex(/^sha256:[0-9a-f]{64}$/)),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
    pullSecrets: z.array(z.strictObject({ name: dnsName })),
  }),
  keys: z.strictObject(secret),
  credentials,
  replicas: count,
  resources: anyObject,
  terminationGracePeriodSeconds: z.int().min(2),
  minReadySeconds: count,
  rollOnConfigChange: z.boolean(),
  podSecurity: z.strictObject({
    runAsUser: z.int().min(1),
    runAsGroup: z.int().min(1),
    fsGroup: z.int().min(1),
  }),
  extraEnv: z.array(z.looseObject({ name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) })),
  podLabels: labels,
  podAnnotations: texts,
  nodeSelector: labels,
  tolerations: anyList,
  affinity: anyObject,
  priorityClassName: optional(dnsName),
  topologySpread: z.strictObject({
    enabled: z.boolean(),
    topologyKeys: z.array(z.string().min(1)),
    maxSkew: z.int().min(1),
    whenUnsatisfiable: z.enum(['ScheduleAnyway', 'DoNotSchedule']),
  }),
  serviceAccount: z.strictObject({ create: z.boolean(), ...account }),
  networkPolicy: z.strictObject({
    enabled: z.boolean(),
    defaultDeny: z.enum(['namespace', 'release']),
    allow: z.boolean(),
    brokers: z.record(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/), peers),
    registry: peers,
    extraEgress: peers,
    dns: z.strictObject({
      namespace: optional(dnsLabel),
      podSelector: labels,
      port,
      nodeLocal: optional(z.string().regex(/^[0-9a-fA-F:.]+$/)),
    }),
    metricsFrom: z.array(workload),
    apiServer: peers,
  }),
  podDisruptionBudget: z.strictObject({
    enabled: z.boolean(),
    maxUnavailable: z.union([z.int().min(1), z.string().regex(/^[1-9]\d?%$/)]),
  }),
  autoscaling: z.strictObject({
    ...scaling,
    targetCPUUtilizationPercentage: z.int().min(1).max(100),
    scaleDownStabilizationSeconds: count.max(3600),
  }),
  keda: z.strictObject({
    ...scaling,
    serverAddress: optional(z.string().regex(/^https?:\/\/\S+$/)),
    lagThreshold: z.int().min(1),
    cooldownSeconds: count.max(3600),
    pollingIntervalSeconds: z.int().min(1),
    authenticationRef: optional(dnsName),
  }),
  podMonitor: z.strictObject({
    enabled: z.boolean(),
    labels,
    interval: z.string().regex(/^\d+(ms|s|m)$/),
  }),
  prometheusRule: z.strictObject({
    enabled: z.boolean(),
    labels,
    runbook: z.string().min(1),
    lagSeconds: z.int().min(1),
    auditLagRecords: z.int().min(1),
  }),
  dashboards: z.strictObject({ enabled: z.boolean(), labels }),
  warden: z.strictObject({
    enabled: z.boolean(),
    mode: z.enum(['observe', 'enforce']),
    replicas: z.int().min(1),
    namespaces: z.array(dnsLabel),
    alsoReads: z.array(
      z.strictObject({
        group: dnsName,
        resources: z.array(z.string().regex(/^[a-z0-9]+$/)).min(1),
      }),
    ),
    credentials,
    resources: anyObject,
    serviceAccount: z.strictObject(account),
  }),
  auditor: z.strictObject({
    enabled: z.boolean(),
    credentials,
    principal: optional(z.string().regex(/^[A-Za-z]+:[^*\s]\S*$/)),
    brokers: z.record(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/), peers),
    resources: anyObject,
    serviceAccount: z.strictObject(account),
  }),
  admission: z.strictObject({
    enabled: z.boolean(),
    actions: z.array(z.enum(['Deny', 'Warn', 'Audit'])).min(1),
    admins: z.strictObject({ users: z.array(word), groups: z.array(word) }),
    rawNamespaces: z.array(
      z.strictObject({
        name: dnsLabel,
        networkPolicyEditors: z.array(word).optional(),
        hostAccess: z.array(dnsName).optional(),
      }),
    ),
    identities: z.array(
      z.strictObject({
        name: dnsLabel,
        namespace: dnsLabel,
        podSelector,
        serviceAccounts: z.array(dnsName).min(1),
        creators: z.array(word).min(1),
        editors: z.array(word).optional(),
      }),
    ),
    secretEditors: z.array(word),
    clusterPolicies: z.boolean(),
    controllers: z.strictObject({
      statefulSet: z.array(word),
      replicaSet: z.array(word),
      deployment: z.array(word),
      cleanup: z.array(word),
    }),
  }),
  probe: z.strictObject({
    enabled: z.boolean(),
    denied: z.array(hostPort),
    reached: z.array(hostPort),
  }),
});
