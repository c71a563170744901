/** The network shield on the command line. */
import { Option } from 'commander';
import { examples } from '../examples.ts';
import type { Command } from 'commander';
import type { Settle } from '../program.ts';
import type { Terminal } from '../terminal.ts';

/** How `ipBlock` is read where the specification leaves it open: whether it also matches pods whose address is inside. */
type IpblockPods = 'match' | 'ignore';

/** `lethe network …`: every command with its options and examples. */
export function addNetwork(root: Command, terminal: Terminal, settle: Settle): void {
  const network = root
    .command('network')
    .description('Show what network policies allow, and compare two sets of them');
  examples(network, [
    'lethe network connections --manifests k8s/',
    'lethe network diff k8s/before k8s/after',
  ]);
  addConnections(network, terminal, settle);
  addDiff(network, terminal, settle);
}

interface ConnectionsOptions {
  readonly manifests: readonly string[];
  readonly explain: boolean;
  readonly source: string | null;
  readonly destination: string | null;
  readonly ipblockPods: IpblockPods;
}

function addConnections(network: Command, terminal: Terminal, settle: Settle): void {
  const command = network
    .command('connections')
    .description('List every connection that the policies in the manifests allow')
    .requiredOption(
      '--manifests <path>',
      'folder or file of manifests, - for standard input; may be repeated',
      collect,
    )
    .option('--explain', 'name the policies and rules that decide', false)
    .option('--source <endpoint>', 'only from this one, as ns/name[Kind]', text, null)
    .option('--destination <endpoint>', 'only to this one, as ns/name[Kind]', text, null)
    .addOption(ipblockPods())
    .action(async (options: ConnectionsOptions) => {
      const { connections } = await import('./connections.ts');
      settle(await connections(options, terminal));
    });
  examples(command, [
    'lethe network connections --manifests k8s/',
    'helm template chart | lethe network connections --manifests -',
    "lethe network connections --manifests k8s/ --explain --source 'shop/web[Deployment]' --destination 'shop/db[StatefulSet]'",
  ]);
}

function addDiff(network: Command, terminal: Terminal, settle: Settle): void {
  const command = network
    .command('diff')
    .description(
      'Compare what two sets of manifests allow; exit 0 when it is the same, 1 when it differs',
    )
    .argument('<before>', 'folder or file of manifests, - for standard input')
    .argument('<after>', 'folder or file of manifests, - for standard input')
    .addOption(ipblockPods())
    .action(async (before: string, after: string, options: { ipblockPods: IpblockPods }) => {
      const { diff } = await import('./diff.ts');
      settle(await diff({ before, after, ...options }, terminal));
    });
  examples(command, [
    'lethe network diff k8s/before k8s/after',
    'helm template chart | lethe network diff k8s/deployed -',
  ]);
}

function ipblockPods(): Option {
  return new Option(
    '--ipblock-pods <reading>',
    'whether ipBlock also means pods with such an address: implementations differ',
  )
    .choices(['match', 'ignore'])
    .default('ignore');
}

function collect(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, path];
}

function text(value: string): string {
  return value;
}
