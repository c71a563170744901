import { examples } from '../examples.ts';
import { formatOption, outputOption, unmarkedOption } from './flow-options.ts';
import { collect, failOnOption, text } from './shared-options.ts';
import type { Command } from 'commander';
import type { Settle } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import type { ReplayCommandOptions } from './replay.ts';

/** `lethe network replay`. */
export function addReplay(network: Command, terminal: Terminal, settle: Settle): void {
  const command = network
    .command('replay')
    .description(
      'Judge recorded flows by proposed policies; exit 1 when a declared flow would break or a raw broker would open',
    )
    .requiredOption(
      '--flows <file>',
      'flow log, - for standard input; may be repeated',
      collect,
      null,
    )
    .requiredOption(
      '--policies <path>',
      'proposed policies: folder or file, - for standard input; may be repeated',
      collect,
      null,
    )
    .option(
      '--manifests <path>',
      'pods with their addresses, and policies that stay; may be repeated',
      collect,
      [],
    )
    .option(
      '--baseline <path>',
      'policies of the time of the recording, where the log does not tell verdicts; may be repeated',
      collect,
      [],
    )
    .option(
      '--config <file>',
      'tells what is declared and raw; without it every change counts',
      text,
      null,
    )
    .option('--snapshot <file>', 'saved snapshot for --config; default asks Kafka', text, null)
    .addOption(formatOption())
    .addOption(unmarkedOption())
    .addOption(outputOption())
    .addOption(failOnOption())
    .action(async (options: ReplayCommandOptions) => {
      const { replay } = await import('./replay.ts');
      settle(await replay(options, terminal));
    });
  examples(command, [
    'lethe network replay --flows events.log --policies policies/ --manifests pods.yaml --config lethe.yaml',
    'lethe network replay --flows flows.log --policies policies/ --manifests pods.yaml --baseline deployed/',
  ]);
}
