/** Who is where in the shop: names, namespaces and broker ids that manifests, values and tests share. */

/** Node ids: who holds what. */
export const RAW = 0;
/** Holds nothing. */
export const FREE = 1;
export const OPEN = 2;

export const RAW_TOPIC = 'raw.orders';
export const OPEN_TOPIC = 'public.orders';
export const QUARANTINE = 'lethe.quarantine';
export const PARTITIONS = 3;

export const REGISTRY_URL = 'http://registry.registry.svc:8080/apis/ccompat/v7';

/** Each has a namespace of its own under PodSecurity `restricted`. */
export const namespaces = ['kafka', 'registry', 'lethe', 'crm', 'lake', 'playground'] as const;

export const brokerHost = (id: number): string => `kafka-${id}.kafka.kafka.svc`;
export const broker = (id: number): string => `${brokerHost(id)}:9092`;

/** What no sanitized record may hold; raw ones do. */
export const CANARY = 'canary';

export const orderSchema = JSON.stringify({
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long', lethe: 'public' },
    { name: 'email', type: 'string', 'confluent:tags': ['PII'] },
    { name: 'amount', type: 'long', lethe: 'public' },
  ],
});
