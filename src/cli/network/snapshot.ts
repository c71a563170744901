import { readSnapshot } from '../../isolation/read-snapshot.ts';
import { loadConfig } from '../../operations/config/load.ts';
import { exitCodes } from '../exit-codes.ts';
import { print } from './print.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

/** `lethe network snapshot`: where Kafka keeps what now, as JSON that `lethe network map --snapshot` reads. */
export async function snapshot(
  { config }: { readonly config: string },
  terminal: Terminal,
): Promise<ExitCode> {
  const { settings } = loadConfig(config, terminal.env);
  const found = await readSnapshot(settings.clusters, () => new Date());
  await print([JSON.stringify(found, null, 2), '\n'], terminal.stdout);
  return exitCodes.ok;
}
