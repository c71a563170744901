/** What the commands of the network shield begin with: the configuration, the placement, and the flow map of both. */
import { readSnapshot } from '../../isolation/read-snapshot.ts';
import { flowMap } from '../../isolation/topology/flow-map.ts';
import { parseSnapshot } from '../../isolation/topology/snapshot.ts';
import { CliError } from '../errors.ts';
import { readText } from '../files.ts';
import { loadNetworkConfig } from './embedded-config.ts';
import type { FlowMap } from '../../isolation/topology/flow-map.ts';
import type { Declared } from '../../isolation/topology/placement.ts';
import type { KafkaSnapshot } from '../../isolation/topology/snapshot.ts';
import type { LoadedConfig } from '../../operations/config/loaded-config.ts';
import type { Terminal } from '../terminal.ts';

export interface FlowInputOptions {
  /** Configuration file with a section `isolation`, or manifests with it in a ConfigMap. */
  readonly config: string;
  /** A saved snapshot; `null` asks Kafka. */
  readonly snapshot: string | null;
}

export interface FlowInput {
  readonly flows: FlowMap;
  readonly declared: Declared;
  readonly snapshot: KafkaSnapshot;
  readonly loaded: LoadedConfig;
}

/**
 * Reads the configuration and the placement, and makes the flow map.
 *
 * @throws CliError `CLI_OPTION_INVALID` without a section `isolation`, `CLI_FILE_UNREADABLE`
 * @throws ConfigError, SnapshotError, KafkaError as what they read does
 */
export async function flowInput(
  { config, snapshot: saved }: FlowInputOptions,
  terminal: Pick<Terminal, 'env'>,
): Promise<FlowInput> {
  const { env } = terminal;
  const loaded = loadNetworkConfig(config, { env, asks: saved === null });
  return flowInputOf(loaded, { config, snapshot: saved });
}

/** The same for a configuration that is loaded; `config` names it in the refusal. */
export async function flowInputOf(
  loaded: LoadedConfig,
  { config, snapshot: saved }: FlowInputOptions,
): Promise<FlowInput> {
  const declared = declaredIn(loaded, config);
  const snapshot =
    saved === null
      ? await readSnapshot(loaded.settings.clusters, () => new Date())
      : parseSnapshot(readText(saved, '--snapshot'));
  return { flows: flowMap(declared, snapshot), declared, snapshot, loaded };
}

/**
 * What a configuration declares for the network shield; `file` names it in the refusal.
 *
 * @throws CliError `CLI_OPTION_INVALID`
 */
export function declaredIn({ settings, http, isolation }: LoadedConfig, file: string): Declared {
  if (isolation === null)
    throw new CliError(
      'CLI_OPTION_INVALID',
      `Add the section "isolation" to "${file}": it says who may talk to whom`,
    );
  const { clusters, routes, quarantine, service, registry } = settings;
  return {
    isolation,
    clusters,
    routes,
    quarantine,
    groupId: service.groupId,
    registryUrl: registry.url,
    httpPort: http.port,
  };
}
