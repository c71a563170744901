import { examples } from '../examples.ts';
import { flavourOption, snapshotOption, text } from './shared-options.ts';
import type { Command } from 'commander';
import type { Settle } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import type { PlanMoveCommandOptions } from './plan-move.ts';

/** `lethe network plan-move`. */
export function addPlanMove(network: Command, terminal: Terminal, settle: Settle): void {
  const command = network
    .command('plan-move')
    .description(
      'Write the policies of a move of partitions in two phases; exit 1 when its end can not be fenced',
    )
    .requiredOption('--config <file>', 'configuration file with a section isolation')
    .requiredOption('-o, --out <folder>', 'folder to write to')
    .addOption(snapshotOption())
    .option(
      '--reassignment <file>',
      'the wanted move, as kafka-reassign-partitions takes it; default one that parts raw from sanitized topics',
      text,
      null,
    )
    .option('--cluster <name>', 'cluster of the reassignment, where there are several', text, null)
    .addOption(flavourOption())
    .action(async (options: PlanMoveCommandOptions) => {
      const { planMoveCommand } = await import('./plan-move.ts');
      settle(await planMoveCommand(options, terminal));
    });
  examples(command, [
    'lethe network plan-move --config lethe.yaml -o move',
    'lethe network plan-move --config lethe.yaml --snapshot snapshot.json --reassignment wanted.json -o move',
  ]);
}
