import { Option } from 'commander';
import { reportFormats } from '../../isolation/findings/report.ts';
import { examples } from '../examples.ts';
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
    .requiredOption('--config <file>', 'configuration file with a section isolation')
    .option('--snapshot <file>', 'saved snapshot; default asks Kafka', text, null)
    .option(
      '--manifests <path>',
      'folder or file of manifests, - for standard input; may be repeated',
      collect,
      [],
    )
    .option('--cluster', 'read the live cluster in place of manifests', false)
    .option('--context <name>', 'context of the kubeconfig; default the current one', text, null)
    .option(
      '--kubeconfig <file>',
      'default KUBECONFIG, ~/.kube/config, or the pod’s own',
      text,
      null,
    )
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
    .addOption(
      new Option('--fail-on <severity>', 'exit 1 on findings at least this bad')
        .choices(['error', 'warning', 'note'])
        .default('error'),
    )
    .option('-o, --out <file>', 'file to write to; default standard output', text, null)
    .action(async (options: VerifyCommandOptions) => {
      const { verifyNetwork } = await import('./verify.ts');
      settle(await verifyNetwork(options, terminal));
    });
  examples(command, [
    'lethe network verify --config lethe.yaml --manifests k8s/',
    'helm template chart | lethe network verify --config lethe.yaml --snapshot snapshot.json --manifests -',
    'lethe network verify --config lethe.yaml --cluster --live-acls --fail-on warning',
    'lethe network verify --config lethe.yaml --manifests k8s/ --format sarif -o lethe.sarif',
  ]);
}

const text = (value: string): string => value;

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
