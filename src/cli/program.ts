import { Command, InvalidArgumentError } from 'commander';
import { addAudit } from './audit-command.ts';
import { examples } from './examples.ts';
import { addNetwork } from './network/commands.ts';
import { packageVersion } from './version.ts';
import { addWarden } from './warden-command.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** Where a command puts its exit code. */
export type Settle = (code: ExitCode) => void;

/**
 * The whole command line: every command with its options, and examples in every help. What a command needs is loaded when it is called, so
 * that help and key commands answer at once and only `run` loads Kafka.
 */
export function program(terminal: Terminal, settle: Settle): Command {
  const root = new Command('lethe')
    .description('Anonymizes Kafka topics, exactly once')
    .version(packageVersion())
    .option('--debug', 'show where an error came from')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
    })
    .showHelpAfterError('(run with --help for the options)');
  examples(root, [
    'lethe run --config lethe.yaml',
    'lethe plan --schema f.avsc --rules lethe.yaml',
    'lethe network connections --manifests k8s/',
  ]);
  addRun(root, terminal, settle);
  addPlan(root, terminal, settle);
  addApply(root, terminal, settle);
  addKeys(root, terminal, settle);
  addNetwork(root, terminal, settle);
  addWarden(root, terminal, settle);
  addAudit(root, terminal, settle);
  return root;
}

interface RunOptions {
  readonly config: string;
  readonly check: boolean;
  readonly dryRun: boolean;
  readonly duration: number | null;
}

function addRun(root: Command, terminal: Terminal, settle: Settle): void {
  const command = root
    .command('run')
    .description('Run the service: raw topics in, sanitized topics out')
    .requiredOption('--config <file>', 'configuration file')
    .option('--check', 'read the configuration, print it without secrets, and end', false)
    .option('--dry-run', 'consume and plan, write nothing, report at the end', false)
    .option('--duration <time>', 'end after this time, as 30s or 5m', parseTime, null)
    .action(async (options: RunOptions) => {
      const { run } = await import('./run.ts');
      settle(await run(options, terminal));
    });
  examples(command, [
    'lethe run --config lethe.yaml',
    'lethe run --config lethe.yaml --check',
    'lethe run --config lethe.yaml --dry-run --duration 1m',
    'kill -HUP <pid>   # reload configuration, rules and keys',
  ]);
}

interface PlanOptions {
  readonly schema: string;
  readonly rules: string;
  readonly route: string | null;
  readonly reference: ReadonlyMap<string, string>;
  readonly json: boolean;
  readonly diff: string | null;
}

function addPlan(root: Command, terminal: Terminal, settle: Settle): void {
  const command = root
    .command('plan')
    .description('Show what happens to every leaf of a schema; exit 1 when a leaf is undecided')
    .requiredOption('--schema <file>', 'Avro schema')
    .requiredOption('--rules <file>', 'configuration file; only its rules are read')
    .option('--route <name>', 'add the rules of this route', nullable, null)
    .option(
      '--reference <name=file>',
      'a schema that this one refers to',
      collectReference,
      new Map(),
    )
    .option('--json', 'print the plan as JSON', false)
    .option('--diff <file>', 'compare with a plan that --json printed', nullable, null)
    .action(async (options: PlanOptions) => {
      const { plan } = await import('./plan.ts');
      settle(await plan(options, terminal));
    });
  examples(command, [
    'lethe plan --schema customer.avsc --rules lethe.yaml',
    'lethe plan --schema customer.avsc --rules lethe.yaml --json > plan.json',
    'lethe plan --schema customer.avsc --rules lethe.yaml --diff plan.json',
    'lethe plan --schema order.avsc --rules lethe.yaml --reference acme.Item=item.avsc',
  ]);
}

interface ApplyOptions {
  readonly schema: string;
  readonly rules: string;
  readonly route: string | null;
  readonly reference: ReadonlyMap<string, string>;
  readonly keys: string;
  readonly keyVersion: string | null;
  readonly format: 'avro' | 'json' | null;
  readonly in: string | null;
  readonly out: string | null;
  readonly allowQuarantine: boolean;
}

function addApply(root: Command, terminal: Terminal, settle: Settle): void {
  const command = root
    .command('apply')
    .description(
      'Anonymize a file or pipe: Avro container files, or JSON lines (Avro JSON encoding)',
    )
    .requiredOption('--schema <file>', 'Avro schema')
    .requiredOption(
      '--rules <file>',
      'configuration file; only its rules and keys.current are read',
    )
    .requiredOption('--keys <directory>', 'key directory')
    .option('--key-version <version>', 'key version; default keys.current', nullable, null)
    .option('--route <name>', 'add the rules of this route', nullable, null)
    .option(
      '--reference <name=file>',
      'a schema that this one refers to',
      collectReference,
      new Map(),
    )
    .option('--format <format>', 'avro or json; default by the first bytes', parseFormat, null)
    .option('--in <file>', 'input file; default standard input', nullable, null)
    .option('--out <file>', 'output file; default standard output', nullable, null)
    .option('--allow-quarantine', 'exit 0 although records were refused', false)
    .action(async (options: ApplyOptions) => {
      const { apply } = await import('./apply.ts');
      settle(await apply(options, terminal));
    });
  examples(command, [
    'lethe apply --schema f.avsc --rules lethe.yaml --keys keys < raw.avro > public.avro',
    'lethe apply --schema f.avsc --rules lethe.yaml --keys keys --in raw.jsonl --out public.jsonl',
  ]);
}

function addKeys(root: Command, terminal: Terminal, settle: Settle): void {
  const keys = root.command('keys').description('Make and list root keys');
  examples(keys, ['lethe keys create --directory keys', 'lethe keys list --directory keys']);
  const today = new Date().toISOString().slice(0, 10);
  const create = keys
    .command('create')
    .description('Make a key directory with its first key')
    .requiredOption('--directory <directory>', 'key directory')
    .option('--key-version <version>', 'name of the version', today)
    .action(async (options: { directory: string; keyVersion: string }) => {
      const { keysCreate } = await import('./keys.ts');
      settle(await keysCreate(options.directory, options.keyVersion, terminal));
    });
  examples(create, ['lethe keys create --directory keys --key-version 2026-11']);
  const rotate = keys
    .command('rotate')
    .description('Add a key; old ones stay readable')
    .requiredOption('--directory <directory>', 'key directory')
    .option('--key-version <version>', 'name of the version', today)
    .action(async (options: { directory: string; keyVersion: string }) => {
      const { keysRotate } = await import('./keys.ts');
      settle(await keysRotate(options.directory, options.keyVersion, terminal));
    });
  examples(rotate, ['lethe keys rotate --directory keys --key-version 2027-01']);
  const list = keys
    .command('list')
    .description('List key versions')
    .requiredOption('--directory <directory>', 'key directory')
    .option('--json', 'print JSON', false)
    .action(async (options: { directory: string; json: boolean }) => {
      const { keysList } = await import('./keys.ts');
      settle(await keysList(options.directory, options.json, terminal));
    });
  examples(list, ['lethe keys list --directory keys']);
}

function nullable(text: string): string {
  return text;
}

function collectReference(
  text: string,
  before: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const [name, ...file] = text.split('=');
  if (name === undefined || name === '' || file.length === 0 || file.join('=') === '')
    throw new InvalidArgumentError('Write name=file.');
  return new Map([...before, [name, file.join('=')]]);
}

function parseFormat(text: string): 'avro' | 'json' {
  if (text === 'avro' || text === 'json') return text;
  throw new InvalidArgumentError('Write avro or json.');
}

function parseTime(text: string): number {
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  const milliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit ?? ''];
  if (count === undefined || milliseconds === undefined)
    throw new InvalidArgumentError('Write a time such as 30s or 5m.');
  return Number(count) * milliseconds;
}
