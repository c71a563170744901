import { InvalidArgumentError, Option } from 'commander';
import { examples } from '../examples.ts';
import { parseTime } from './flow-options.ts';
import { text } from './shared-options.ts';
import type { Command } from 'commander';
import type { Settle } from '../program.ts';
import type { Terminal } from '../terminal.ts';

interface Options {
  readonly live: boolean;
  readonly protocol: 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
  readonly timeout: number;
  readonly delay: number;
  readonly attempts: number;
  readonly kafka: boolean;
  readonly tls: boolean;
  readonly report: string | null;
}

/** `lethe network probe`: what the Jobs of `lethe network attack --live` run; not shown in help. */
export function addProbe(network: Command, terminal: Terminal, settle: Settle): void {
  const command = network
    .command('probe', { hidden: true })
    .description('Try one connection and print what happened as JSON')
    .requiredOption('--host <host>', 'address or name')
    .requiredOption('--port <port>', 'port', portOf)
    .option('--live', 'say that packets may be sent', false)
    .addOption(
      new Option('--protocol <protocol>', 'tcp or udp').choices(['tcp', 'udp']).default('tcp'),
    )
    .option('--timeout <time>', 'for one attempt, as 3s', parseTime, 3000)
    .option('--delay <time>', 'before the first attempt, as 3s', parseTime, 0)
    .option('--attempts <number>', 'until one gets through', attemptsOf, 1)
    .option('--kafka', 'ask whether Kafka answers', false)
    .option('--tls', 'connect with TLS; the certificate is not judged', false)
    .option('--report <file>', 'also write the result to this file', text, null)
    .action(async (options: Options) => {
      const { probe } = await import('./probe.ts');
      settle(await probe(options, terminal));
    });
  examples(command, ['lethe network probe --live --host 10.0.0.7 --port 9092 --kafka']);
}

function portOf(value: string): number {
  const port = /^[1-9]\d{0,4}$/.test(value) ? Number(value) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError('Write a port from 1 to 65535.');
  return port;
}

function attemptsOf(value: string): number {
  if (!/^[1-9]$/.test(value)) throw new InvalidArgumentError('Write a number from 1 to 9.');
  return Number(value);
}
