/** What nearly everybody needs: the schema registry and the name service. */
import type { FlowContext } from './flow-map.ts';
import type { Party } from './flow-draft.ts';

/** Lets a party ask the schema registry, which is declared as pods or known by the host of its URL. */
export function useRegistry(party: Party, { declared, draft }: FlowContext): void {
  const url = new URL(declared.registryUrl);
  const { registry } = declared.isolation;
  const told = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  const place =
    registry === null
      ? // URLs write IPv6 addresses in brackets (RFC 3986).
        ({ kind: 'address', address: url.hostname.replace(/^\[(.*)\]$/, '$1') } as const)
      : ({
          kind: 'pods',
          namespace: registry.namespace,
          podSelector: registry.podSelector,
        } as const);
  draft.flow(party, draft.party('registry', url.host, place), registry?.port ?? told, 'schemas');
}

/** Lets a party resolve names, where the name service is declared. */
export function useNames(party: Party, { declared, draft }: FlowContext): void {
  const { dns } = declared.isolation;
  if (dns === null) return;
  const { nodeLocal, namespace, podSelector, port } = dns;
  const ask = (server: Party, at: number): void => {
    // Answers that don't fit a datagram are asked for again by TCP (RFC 7766).
    for (const protocol of ['UDP', 'TCP'] as const)
      draft.flow(party, server, at, 'names', protocol);
  };
  ask(draft.party('dns', '', { kind: 'pods', namespace, podSelector }), port);
  // The cache has no Service in front of it, so its port is the one that resolvers know (RFC 1035).
  if (nodeLocal !== null)
    ask(draft.party('dns', nodeLocal, { kind: 'address', address: nodeLocal }), 53);
}
