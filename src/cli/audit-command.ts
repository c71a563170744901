import { Option, type Command } from 'commander';
import { reportFormats } from '../isolation/findings/report.ts';
import { examples } from './examples.ts';
import type { AuditCommandOptions } from './audit.ts';
import type { Settle } from './program.ts';
import type { Terminal } from './terminal.ts';

/** `lethe audit`. */
export function addAudit(root: Command, terminal: Terminal, settle: Settle): void {
  const command = root
    .command('audit')
    .description('Read sanitized topics again and look for what should not be there')
    .requiredOption('--config <file>', 'configuration file')
    .option('--once', 'judge all that is there now and end; exit 1 on findings', false)
    .addOption(
      new Option('--format <format>', 'how findings are printed, with --once')
        .choices([...reportFormats])
        .default('table'),
    )
    .addOption(
      new Option('--fail-on <severity>', 'exit 1 on findings at least this bad, with --once')
        .choices(['error', 'warning', 'note'])
        .default('warning'),
    )
    .option('-o, --out <file>', 'file to write to; default standard output', text, null)
    .action(async (options: AuditCommandOptions) => {
      const { audit } = await import('./audit.ts');
      settle(await audit(options, terminal));
    });
  examples(command, [
    'lethe audit --config lethe.yaml                                       # until a signal',
    'lethe audit --config lethe.yaml --once                                # exit 1 on findings',
    'lethe audit --config lethe.yaml --once --format junit -o audit.xml',
  ]);
}

const text = (value: string): string => value;
