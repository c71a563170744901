/** The network shield on the command line. */
import { Option } from 'commander';
import { examples } from '../examples.ts';
import { addAttack } from './attack-command.ts';
import { addGenerate } from './generate-command.ts';
import { addPlanMove } from './plan-move-command.ts';
import { addProbe } from './probe-command.ts';
import { addReplay } from './replay-command.ts';
import { manifestsOption, snapshotOption, text } from './shared-options.ts';
import { addVerify } from './verify-command.ts';
import { addWatch } from './watch-command.ts';
import type { Command } from 'commander';
import type { MapFormat } from './map.ts';
import type { Settle } from '../program.ts';
import type { Terminal } from '../terminal.ts';

/** How `ipBlock` is read where the specification leaves it open: whether it also matches pods whose address is inside. */
type IpblockPods = 'match' | 'ignore';

/** `lethe network …`: every command with its options and examples. */
export function addNetwork(root: Command, terminal: Terminal, settle: Settle): void {
  const network = root
    .command('network')
    .description('Show who must reach whom, and what network policies allow');
  examples(network, [
    'lethe network connections --manifests k8s/',
    'lethe network diff k8s/before k8s/after',
    'lethe network map --config lethe.yaml',
  ]);
  addConnections(network, terminal, settle);
  addDiff(network, terminal, settle);
  addSnapshot(network, terminal, settle);
  addMap(network, terminal, settle);
  addVerify(network, terminal, settle);
  addGenerate(network, terminal, settle);
  addPlanMove(network, terminal, settle);
  addAttack(network, terminal, settle);
  addProbe(network, terminal, settle);
  addWatch(network, terminal, settle);
  addReplay(network, terminal, settle);
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
    .addOption(manifestsOption().makeOptionMandatory())
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

function addSnapshot(network: Command, terminal: Terminal, settle: Settle): void {
  const command = network
    .command('snapshot')
    .description('Print which brokers hold which partitions, as JSON')
    .requiredOption('--config <file>', 'configuration file')
    .action(async (options: { config: string }) => {
      const { snapshot } = await import('./snapshot.ts');
      settle(await snapshot(options, terminal));
    });
  examples(command, ['lethe network snapshot --config lethe.yaml > snapshot.json']);
}

interface MapOptions {
  readonly config: string;
  readonly snapshot: string | null;
  readonly format: MapFormat;
}

function addMap(network: Command, terminal: Terminal, settle: Settle): void {
  const command = network
    .command('map')
    .description('Show who must reach whom; exit 1 when raw brokers can not be fenced so')
    .requiredOption('--config <file>', 'configuration file with a section isolation')
    .addOption(snapshotOption())
    .addOption(
      new Option('--format <format>', 'how the map is printed')
        .choices(['table', 'json', 'mermaid', 'dot', 'svg'])
        .default('table'),
    )
    .action(async (options: MapOptions) => {
      const { map } = await import('./map.ts');
      settle(await map(options, terminal));
    });
  examples(command, [
    'lethe network map --config lethe.yaml',
    'lethe network map --config lethe.yaml --snapshot snapshot.json --format json',
    'lethe network map --config lethe.yaml --format svg > map.svg',
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
