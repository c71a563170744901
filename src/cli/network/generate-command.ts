import { examples } from '../examples.ts';
import { flavourOption, snapshotOption, text } from './shared-options.ts';
import type { Command } from 'commander';
import type { Settle } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import type { GenerateCommandOptions } from './generate.ts';

/** `lethe network generate`. */
export function addGenerate(network: Command, terminal: Terminal, settle: Settle): void {
  const command = network
    .command('generate')
    .description(
      'Write the policies that the map asks for; exit 1 when raw brokers can not be fenced so',
    )
    .requiredOption('--config <file>', 'configuration file with a section isolation')
    .addOption(snapshotOption())
    .option('-o, --out <folder>', 'folder to write to; default prints one stream', text, null)
    .addOption(flavourOption())
    .option('--staged', 'calico: kinds that are reported on and not enforced', false)
    .option('--check', 'also compare what all flavours allow', false)
    .action(async (options: GenerateCommandOptions) => {
      const { generate } = await import('./generate.ts');
      settle(await generate(options, terminal));
    });
  examples(command, [
    'lethe network generate --config lethe.yaml -o policies',
    'lethe network generate --config lethe.yaml --snapshot snapshot.json | kubectl apply -f -',
    'lethe network generate --config lethe.yaml --flavour calico -o policies',
  ]);
}
