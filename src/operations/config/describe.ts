import type { ClusterSettings, StreamingSettings, TlsSettings } from '../../streaming/settings.ts';

const hidden = '(hidden)';

/** The settings as plain JSON for people: every secret is replaced, everything else is shown. */
export function describe(settings: StreamingSettings): Readonly<Record<string, unknown>> {
  const { clusters, registry, keys, routes, quarantine, service } = settings;
  return {
    kafka: Object.fromEntries(
      [...clusters].map(([name, cluster]) => [name, describeCluster(cluster)]),
    ),
    registry: {
      ...registry,
      auth: { type: registry.auth.type },
      tls: describeTls(registry.tls),
    },
    keys,
    routes: routes.map(({ headers, rules, ...route }) => ({
      ...route,
      headers: Object.fromEntries(headers),
      rules: {
        ...rules,
        global: { ...rules.global, tags: Object.fromEntries(rules.global.tags) },
        route: { ...rules.route, tags: Object.fromEntries(rules.route.tags) },
      },
    })),
    quarantine,
    service,
  };
}

function describeCluster({
  tls,
  sasl,
  ...rest
}: ClusterSettings): Readonly<Record<string, unknown>> {
  if (sasl === null) return { ...rest, tls: describeTls(tls), sasl: null };
  const shown =
    sasl.mechanism === 'OAUTHBEARER'
      ? { mechanism: sasl.mechanism, tokenFile: sasl.tokenFile }
      : { mechanism: sasl.mechanism, username: sasl.username, password: hidden };
  return { ...rest, tls: describeTls(tls), sasl: shown };
}

function describeTls(tls: TlsSettings | null): Readonly<Record<string, unknown>> | null {
  if (tls === null) return null;
  const { serverName, rejectUnauthorized } = tls;
  return {
    serverName: serverName ?? null,
    rejectUnauthorized,
    ca: tls.ca === undefined ? 'system' : 'given',
    certificate: tls.certificate === undefined ? 'none' : 'given',
    key: tls.key === undefined ? 'none' : hidden,
  };
}
