/** What the commands that read flow logs are given beside a configuration: some pods, and lines of a log. */
import { pod } from '../../isolation/reachability/scene.ts';

const addresses = {
  lethe: '10.0.1.1',
  raw: '10.0.2.1',
  open: '10.0.2.2',
  web: '10.0.3.1',
  crm: '10.0.3.2',
};

export const pods = [
  pod('lethe/lethe', 'app: lethe', [], { ip: addresses.lethe }),
  pod('kafka/kafka-0', 'statefulset.kubernetes.io/pod-name: kafka-0', [], { ip: addresses.raw }),
  pod('kafka/kafka-1', 'statefulset.kubernetes.io/pod-name: kafka-1', [], { ip: addresses.open }),
  pod('shop/web', 'app: web', [], { ip: addresses.web }),
  pod('shop/crm', 'app: crm', [], { ip: addresses.crm }),
].join('\n---\n');

/** A line of Hubble's exporter. */
export const hubble = (
  source: keyof typeof addresses,
  destination: keyof typeof addresses,
  verdict = 'FORWARDED',
): string =>
  JSON.stringify({
    flow: {
      time: '2026-01-02T03:04:05Z',
      verdict,
      IP: { source: addresses[source], destination: addresses[destination] },
      l4: { TCP: { source_port: 40_000, destination_port: 9092, flags: { SYN: true } } },
      source: {},
      destination: {},
      traffic_direction: 'INGRESS',
      is_reply: false,
    },
  });
