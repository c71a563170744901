import { InvalidArgumentError, Option } from 'commander';
import { reportFormats } from '../../isolation/findings/report.ts';
import { examples } from '../examples.ts';
import {
  clusterOption,
  collect,
  contextOption,
  failOnOption,
  kubeconfigOption,
  manifestsOption,
  snapshotOption,
  text,
} from './shared-options.ts';
import type { Command } from 'commander';
import type { AttackCommandOptions } from './attack.ts';
import type { Settle } from '../program.ts';
import type { Terminal } from '../terminal.ts';

/** `lethe network attack`. */
export function addAttack(network: Command, terminal: Terminal, settle: Settle): void {
  const command = network
    .command('attack')
    .description(
      'Try the attacks that these policies and workloads give cause for; exit 1 when one gets through',
    )
    .option('--config <file>', 'configuration file with a section isolation', text, null)
    .addOption(snapshotOption())
    .addOption(manifestsOption().default(null))
    .addOption(clusterOption())
    .addOption(contextOption())
    .addOption(kubeconfigOption())
    .option('--list', 'print the catalogue and end', false)
    .option('--kind <kind>', 'only attacks of this kind; may be repeated', collect, null)
    .option('--live', 'also send packets: makes Jobs in the cluster, and removes them', false)
    .option('--dry-run', 'print the Jobs that --live would make, and make none', false)
    .option('--probe-image <image>', 'image with this program for the Jobs', text, null)
    .option(
      '--attacker-namespace <name>',
      'a namespace that is there, for attackers from elsewhere',
      text,
      null,
    )
    .option('--host-network', 'also make pods on the network of their node', false)
    .option('--probe-timeout <seconds>', 'for one connection', seconds, 3)
    .option('--parallel <number>', 'attacks tried at the same time', count, 4)
    .addOption(
      new Option('--format <format>', 'how attacks and findings are printed')
        .choices([...reportFormats])
        .default('table'),
    )
    .addOption(failOnOption())
    .action(async (options: AttackCommandOptions) => {
      const { attackNetwork } = await import('./attack.ts');
      settle(await attackNetwork(options, terminal));
    });
  examples(command, [
    'lethe network attack --list',
    'lethe network attack --config lethe.yaml --manifests k8s/',
    'lethe network attack --config lethe.yaml --manifests k8s/ --kind label-spoof --format json',
    'lethe network attack --config lethe.yaml --cluster --live --attacker-namespace sandbox --probe-image registry.example/lethe:1',
    'lethe network attack --config lethe.yaml --manifests k8s/ --dry-run > jobs.yaml',
  ]);
}

const whole =
  (most: number) =>
  (value: string): number => {
    const number = /^[1-9]\d{0,4}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number <= most)) throw new InvalidArgumentError(`Write a number from 1 to ${most}.`);
    return number;
  };
const seconds = whole(60);
const count = whole(64);
