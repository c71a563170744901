/** containerd, runc and the plugins that give pods a network: Debian's own packages, unpacked beside the system and not installed into it. */
import { join } from 'node:path';
import { installOnce } from '../cache.ts';
import { unpackPackages } from '../unpacked-packages.ts';

/** An installed containerd would start as a service of the system, and a Docker engine brings another one that it can't live with. */
const packages = ['containerd', 'runc', 'containernetworking-plugins'] as const;

export interface ContainerRuntime {
  readonly containerd: string;
  readonly ctr: string;
  readonly runc: string;
  /** Folder of the program that containerd starts for each pod. */
  readonly shims: string;
  /** Folder of CNI plugins. */
  readonly plugins: string;
}

/** @throws Error where the packages can't be had. */
export async function containerRuntime(
  say: (line: string) => void = () => undefined,
): Promise<ContainerRuntime> {
  const home = await installOnce({
    name: `container-runtime-debian-12-${process.arch}`,
    say,
    fill: (into) => unpackPackages(packages, into),
  });
  const programs = join(home, 'usr', 'bin');
  return {
    containerd: join(programs, 'containerd'),
    ctr: join(programs, 'ctr'),
    runc: join(home, 'usr', 'sbin', 'runc'),
    shims: programs,
    plugins: join(home, 'usr', 'lib', 'cni'),
  };
}
