/** Shell scripts that lay the cables of the network lab. Each runs inside its sandbox. */

/** The one node; a bridge holds its addresses, since not every kernel has dummy devices. */
export const NODE = {
  name: 'node-a',
  address: '10.199.0.1',
  address6: 'fd00:199::1',
} as const;

export interface Wired {
  /** Name of its network namespace. */
  readonly netns: string;
  /** Name of the cable's end at the node; at most 15 characters. */
  readonly cable: string;
  readonly address: string;
  readonly address6: string;
}

/** The sandbox itself becomes the node: it forwards, and nothing is tested for duplicate addresses, which would take a second each. */
export const nodeScript = `
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0
ip link add node0 type bridge
ip addr add ${NODE.address}/24 dev node0
ip -6 addr add ${NODE.address6}/64 dev node0 nodad
ip link set node0 up
`;

/** A pod: routed, with the node as its only neighbour. */
export const podScript = ({ netns, cable, address, address6 }: Wired): string => `
${namespaceScript(netns, cable)}
sysctl -qw net.ipv4.conf.${cable}.rp_filter=0
ip addr add 169.254.1.1/32 dev ${cable}
ip -6 addr add fe80::1/64 dev ${cable} nodad
ip route add ${address}/32 dev ${cable}
ip -6 route add ${address6}/128 dev ${cable}
ip -n ${netns} addr add ${address}/32 dev eth0
ip -n ${netns} -6 addr add ${address6}/128 dev eth0 nodad
ip -n ${netns} route add 169.254.1.1 dev eth0
ip -n ${netns} route add default via 169.254.1.1 dev eth0
ip -n ${netns} -6 route add default via fe80::1 dev eth0
`;

/** A host beside the node, on the same bridge: another node, or the world. */
export const hostScript = ({ netns, cable, address, address6 }: Wired): string => `
${namespaceScript(netns, cable)}
ip link set ${cable} master node0
ip -n ${netns} addr add ${address}/24 dev eth0
ip -n ${netns} -6 addr add ${address6}/64 dev eth0 nodad
ip -n ${netns} route add default via ${NODE.address} dev eth0
ip -n ${netns} -6 route add default via ${NODE.address6} dev eth0
`;

/** One more address of a host, which the node reaches through it. */
export const addressScript = ({ netns, address, address6 }: Wired, more: string): string =>
  more.includes(':')
    ? `ip -n ${netns} -6 addr add ${more}/128 dev eth0 nodad; ip -6 route add ${more}/128 via ${address6} dev node0`
    : `ip -n ${netns} addr add ${more}/32 dev eth0; ip route add ${more}/32 via ${address} dev node0`;

export const removeScript = ({ netns, cable }: Wired): string =>
  `ip link del ${cable}; ip netns del ${netns}`;

/** A port of a virtual address that leads to a pod, as a Service does. */
export const forwardScript = (forward: {
  readonly protocol: 'TCP' | 'UDP';
  readonly address: string;
  readonly port: number;
  readonly to: string;
  readonly toPort: number;
}): string => {
  const { protocol, address, port, to, toPort } = forward;
  const six = address.includes(':');
  const end = six ? `[${to}]:${toPort}` : `${to}:${toPort}`;
  return `${six ? 'ip6tables' : 'iptables'} -w -t nat -A PREROUTING -d ${address} -p ${protocol.toLowerCase()} --dport ${port} -j DNAT --to-destination ${end}`;
};

const namespaceScript = (netns: string, cable: string): string => `
ip netns add ${netns}
ip netns exec ${netns} sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0
ip link add ${cable} type veth peer name eth0 netns ${netns}
ip link set ${cable} up
ip -n ${netns} link set lo up
ip -n ${netns} link set eth0 up
`;
