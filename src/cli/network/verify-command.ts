import { Option } from 'commander';
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
import type { VerifyCommandOptions } from './verify.ts';
import type { Settle } from '../program.ts';
import type { Terminal } from '../terminal.ts';

/** `lethe network verify`. */
export function addVerify(network: Command, terminal: Terminal, settle: Settle): void {
  const command = network
    .command('verify')
    .description(
      'Prove that policies allow what the map asks for and nothing else; exit 1 on findings',
    )
    .option(
      '--config <file>',
      'configuration file with a section isolation, or manifests with it in a ConfigMap; default that of the manifests',
      text,
      null,
    )
    .addOption(snapshotOption())
    .addOption(manifestsOption().default([]))
    .addOption(clusterOption())
    .addOption(contextOption())
    .addOption(kubeconfigOption())
    .option(
      '--acls <file>',
      'what kafka-acls.sh --list prints, or JSON; cluster=file where there are several',
      collect,
      [],
    )
    .option('--live-acls', 'ask Kafka for its ACLs', false)
    .addOption(
      new Option('--format <format>', 'how findings are printed')
        .choices([...reportFormats])
        .default('table'),
    )
    .addOption(failOnOption())
    .option('-o, --out <file>', 'file to write to; default standard output', text, null)
    .action(async (options: VerifyCommandOptions) => {
      const { verifyNetwork } = await import('./verify.ts');
      settle(await verifyNetwork(options, terminal));
    });
  examples(command, [
    'lethe network verify --config lethe.yaml --manifests k8s/',
    'helm template lethe helm/lethe -f my-values.yaml | lethe network verify --snapshot snapshot.json --manifests -',
    'lethe network verify --config lethe.yaml --cluster --live-acls --fail-on warning',
    'lethe network verify --config lethe.yaml --manifests k8s/ --format sarif -o lethe.sarif',
  ]);
}
