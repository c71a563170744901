import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { administrationPath } from './debian-packages.ts';
import type { NetworkSandbox } from './network-sandbox.ts';
import { startWatched } from './process.ts';

/** NFLOG group that kube-router logs packets to which it denies: ten a minute and pod. */
const DENIED = 100;

export interface FlowLog {
  /** A line of JSON for each packet. */
  readonly file: string;
  stop(): Promise<void>;
}

/** Starts ulogd2 beside the enforcer. */
export async function startFlowLog({ folder, enter }: NetworkSandbox): Promise<FlowLog> {
  const file = join(folder, 'denied.json');
  const configuration = join(folder, 'ulogd.conf');
  const plugins = [
    'inppkt_NFLOG',
    'raw2packet_BASE',
    'filter_IFINDEX',
    'filter_IP2STR',
    'output_JSON',
  ]
    .flatMap((name) => globSync(`/usr/lib/*/ulogd/ulogd_${name}.so`))
    .map((path) => `plugin="${path}"`);
  writeFileSync(
    configuration,
    [
      '[global]',
      `logfile="${join(folder, 'ulogd.log')}"`,
      'loglevel=5',
      ...plugins,
      'stack=denied:NFLOG,base:BASE,ifi:IFINDEX,ip:IP2STR,json:JSON',
      ...['[denied]', `group=${DENIED}`],
      ...['[json]', 'sync=1', `file="${file}"`, ''],
    ].join('\n'),
  );
  writeFileSync(file, '');
  const process = await startWatched({
    command: 'ulogd',
    enter,
    args: ['--configfile', configuration],
    log: join(folder, 'ulogd.out'),
    env: { PATH: administrationPath },
  });
  return { file, stop: () => process.kill() };
}
