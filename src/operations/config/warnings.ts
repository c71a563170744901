import type { StreamingSettings } from '../../streaming/settings.ts';
import type { ConfigWarning } from './loaded-config.ts';

/** What is allowed but should be seen at each start. */
export function warnOf(settings: StreamingSettings): readonly ConfigWarning[] {
  return [
    ...settings.routes.flatMap((route, index) => {
      const warnings: ConfigWarning[] = [];
      const warn = (path: string, message: string): void => {
        warnings.push({ path: `routes[${index}].${path}`, message });
      };
      if (route.rules.unclassified === 'pass')
        warn(
          'rules.unclassified',
          `Route "${route.name}" passes unclassified leaves through as they are`,
        );
      if (route.key.spec.technique === 'keep')
        warn('key', `Route "${route.name}" passes record keys through as they are`);
      if (route.from.cluster !== route.to.cluster)
        warn(
          'to.cluster',
          `Route "${route.name}" writes to another cluster: delivery is at least once, and a repeated record has identical bytes`,
        );
      return warnings;
    }),
    ...[...settings.clusters.values()]
      .filter(({ tls }) => tls?.rejectUnauthorized === false)
      .map(({ name }) => ({
        path: `kafka.${name}.tls.rejectUnauthorized`,
        message: `Cluster "${name}" is not authenticated: any server is accepted`,
      })),
  ];
}
