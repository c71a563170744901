/** A configuration that stands in manifests, such as in those that `helm template` prints. */
import { configurationKey } from '../../isolation/manifests/kinds/configurations.ts';
import { parseManifests, type Manifests } from '../../isolation/manifests/manifests.ts';
import { loadConfig, loadEmbedded } from '../../operations/config/load.ts';
import { CliError } from '../errors.ts';
import { readText } from '../files.ts';
import type { EmbeddedConfiguration } from '../../isolation/manifests/kinds/configurations.ts';
import type { LoadedConfig } from '../../operations/config/loaded-config.ts';
import type { Terminal } from '../terminal.ts';

/** Label by which the chart tells the service's own configuration from those of its other workloads. */
const component = { key: 'app.kubernetes.io/component', value: 'anonymizer' } as const;

/**
 * The one configuration of the manifests; of several, the one of the anonymizer.
 *
 * @throws CliError `CLI_OPTION_INVALID` where there is none, or no way to choose
 */
export function configurationIn({
  configurations,
}: Pick<Manifests, 'configurations'>): EmbeddedConfiguration {
  const own = configurations.filter(({ labels }) => labels.get(component.key) === component.value);
  const candidates = configurations.length === 1 ? configurations : own;
  const [found, ...others] = candidates;
  if (found !== undefined && others.length === 0) return found;
  const names = configurations.map(({ name }) => `"${name}"`).join(', ');
  throw new CliError(
    'CLI_OPTION_INVALID',
    configurations.length === 0
      ? `Give --config, or manifests with a ConfigMap that has "${configurationKey}"`
      : `Give --config: several ConfigMaps have "${configurationKey}": ${names}`,
  );
}

/**
 * Reads the configuration that an option names: the file itself, or manifests with it in a ConfigMap.
 *
 * @throws CliError as {@link configurationIn}; ConfigError as `loadConfig`
 */
export function loadNetworkConfig(
  path: string,
  { env, asks }: { readonly env: Terminal['env']; readonly asks: boolean },
): LoadedConfig {
  if (!holdsManifests(path)) return loadConfig(path, env);
  const manifests = parseManifests([{ name: path, text: readText(path, '--config') }]);
  return loadConfiguration(configurationIn(manifests), { env, asks });
}

/**
 * Loads what was found in manifests. Its references are meant for the pod: only who asks Kafka needs their values here.
 *
 * @throws ConfigError as `loadConfig`
 */
export const loadConfiguration = (
  { name, text }: EmbeddedConfiguration,
  { env, asks }: { readonly env: Terminal['env']; readonly asks: boolean },
): LoadedConfig => loadEmbedded({ name: `ConfigMap ${name}`, text }, env, !asks);

/** A configuration has no such keys; a file that can't be read is left to those who say so. */
function holdsManifests(path: string): boolean {
  try {
    return /^(kind|apiVersion):/m.test(readText(path, '--config'));
  } catch {
    return false;
  }
}
