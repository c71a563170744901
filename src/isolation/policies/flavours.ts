/** Every flavour that a flow map can be generated as. */
export const flavours = [
  'networkpolicy',
  'clusternetworkpolicy',
  'cilium',
  'calico',
  'kafka-acl',
  'strimzi-user',
] as const;

export type Flavour = (typeof flavours)[number];
