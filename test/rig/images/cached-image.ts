import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { installOnce } from '../cache.ts';
import { demand } from '../execute.ts';
import { build, type Build } from './buildah.ts';

export type Say = (line: string) => void;

export interface BuiltImage {
  /** With a registry's name in front, as the archive has it: `localhost/lethe:rig`. */
  readonly name: string;
  /** Path of a Docker archive, for `ctr images import` or `docker load`. */
  readonly archive: string;
  /** Size of all layers, uncompressed. */
  readonly bytes: number;
}

export interface ImagePlan extends Pick<Build, 'name' | 'values' | 'flags' | 'layers'> {
  /** What else decides about the image than its Dockerfile, its values and its name. */
  readonly inputs: readonly string[];
  /** Text of the Dockerfile. */
  readonly dockerfile: string;
  /** Puts into the folder what the Dockerfile copies. */
  readonly fill: (context: string) => Promise<void> | void;
}

/** Builds an image unless one from the same inputs is in the cache. */
export async function cachedImage(
  plan: ImagePlan,
  say: Say = () => undefined,
): Promise<BuiltImage> {
  const { name, dockerfile, values, flags, layers } = plan;
  const short = basename(name).replace(':', '-');
  const folder = await installOnce({
    name: `image-${short}-${digestOf(plan)}`,
    say,
    fill: async (into) => {
      const context = join(into, '.context');
      mkdirSync(context);
      try {
        await plan.fill(context);
        const file = join(into, 'Dockerfile');
        writeFileSync(file, dockerfile);
        const archive = await build({
          ...{ name, context, dockerfile: file, into },
          ...(values === undefined ? {} : { values }),
          ...(flags === undefined ? {} : { flags }),
          ...(layers === undefined ? {} : { layers }),
        });
        writeFileSync(join(into, 'bytes'), String(await sizeOf(archive)));
      } finally {
        rmSync(context, { recursive: true, force: true });
      }
    },
  });
  return {
    name,
    archive: join(folder, 'image.tar'),
    bytes: Number(readFileSync(join(folder, 'bytes'), 'utf8')),
  };
}

/** An image out of the cache as a value of ARG, for FROM. */
export const fromArchive = ({ archive }: BuiltImage): string => `docker-archive:${archive}`;

/** Paths in values are told apart by their folder in the cache, which names what it holds. */
function digestOf({ name, dockerfile, values = {}, inputs }: ImagePlan): string {
  const paths = Object.entries(values).map(([key, value]) => `${key}=${basename(dirname(value))}`);
  return createHash('sha256')
    .update([process.arch, name, dockerfile, ...paths, ...inputs].join('\0'))
    .digest('hex')
    .slice(0, 8);
}

/** Sum of the layers in an archive, from the table of contents that `tar` prints. */
async function sizeOf(archive: string): Promise<number> {
  const contents = await demand(['tar', '--list', '--verbose', '--file', archive]);
  return contents
    .split('\n')
    .map((line) => /^-\S+ +\S+ +(\d+) .*\.tar$/.exec(line)?.[1] ?? '0')
    .reduce((sum, size) => sum + Number(size), 0);
}
