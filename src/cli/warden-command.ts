import { Option, type Command } from 'commander';
import { wardenModes, type WardenMode } from '../isolation/warden/settings.ts';
import { examples } from './examples.ts';
import type { Settle } from './program.ts';
import type { Terminal } from './terminal.ts';

interface Options {
  readonly config: string;
  readonly mode: WardenMode | null;
  readonly kubeconfig: string | null;
  readonly context: string | null;
}

/** `lethe warden`. */
export function addWarden(root: Command, terminal: Terminal, settle: Settle): void {
  const command = root
    .command('warden')
    .description('Keep the policies around raw brokers as placement changes, until a signal')
    .requiredOption('--config <file>', 'configuration file with a section isolation')
    .addOption(
      new Option('--mode <mode>', 'report only, or write policies; default isolation.warden.mode')
        .choices([...wardenModes])
        .default(null),
    )
    .option('--kubeconfig <file>', 'kubeconfig file; default as kubectl finds it', text, null)
    .option('--context <name>', 'context of the kubeconfig; default the current one', text, null)
    .action(async (options: Options) => {
      const { warden } = await import('./warden.ts');
      settle(await warden(options, terminal));
    });
  examples(command, [
    'lethe warden --config lethe.yaml --mode observe',
    'lethe warden --config lethe.yaml --mode enforce --kubeconfig admin.kubeconfig',
    'kill -HUP <pid>   # reload the configuration',
  ]);
}

const text = (value: string): string => value;
