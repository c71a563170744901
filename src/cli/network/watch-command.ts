import { Option } from 'commander';
import { defaultBurst } from '../../isolation/flows/denial-rate.ts';
import { defaultClockLimits } from '../../isolation/flows/stream-clock.ts';
import { examples } from '../examples.ts';
import {
  formatOption,
  outputOption,
  parseBurst,
  parseListen,
  parseTime,
  unmarkedOption,
} from './flow-options.ts';
import { collect, failOnOption, snapshotOption } from './shared-options.ts';
import type { Command } from 'commander';
import type { Settle } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import type { WatchCommandOptions } from './watch.ts';

/** `lethe network watch`. */
export function addWatch(network: Command, terminal: Terminal, settle: Settle): void {
  const command = network
    .command('watch')
    .description('Compare flow logs with the map as they are written; exit 1 when it was broken')
    .requiredOption('--config <file>', 'configuration file with a section isolation')
    .addOption(snapshotOption())
    .requiredOption(
      '--flows <file>',
      'flow log, - for standard input; may be repeated',
      collect,
      null,
    )
    .addOption(formatOption())
    .addOption(unmarkedOption())
    .option('--follow', 'go on reading as files grow and are rotated', false)
    .option(
      '--manifests <path>',
      'pods with their addresses, and policies; folder or file, - for standard input; may be repeated',
      collect,
      [],
    )
    .addOption(outputOption())
    .addOption(
      new Option('--burst <count/time>', 'denials of one source that are reported')
        .argParser(parseBurst)
        .default(defaultBurst, '20/60s'),
    )
    .addOption(
      new Option('--silence <time>', 'time without an entry that is reported')
        .argParser(parseTime)
        .default(defaultClockLimits.silence, '10m'),
    )
    .option('--report-every <time>', 'print the summary also in between', parseTime, null)
    .option('--metrics <host:port>', 'answer /metrics there', parseListen, null)
    .addOption(failOnOption())
    .action(async (options: WatchCommandOptions) => {
      const { watch } = await import('./watch.ts');
      settle(await watch(options, terminal));
    });
  examples(command, [
    'lethe network watch --config lethe.yaml --flows events.log',
    'lethe network watch --config lethe.yaml --manifests pods.yaml --flows events.log --flows authorizer.log --follow --metrics 127.0.0.1:9400',
    'kubectl logs -n kube-system ds/kube-network-policies -f | lethe network watch --config lethe.yaml --flows - --output json',
  ]);
}
