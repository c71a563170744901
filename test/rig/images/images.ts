/**
 * The images of the test cluster: the service's own out of the repository's Dockerfile, and what it stands beside. Each is an archive in the cache,
 * under a name that says what it was made of.
 */
import { copyFileSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { installPackages } from '../debian-packages.ts';
import { demand } from '../execute.ts';
import { coredns } from '../go-tools.ts';
import { buildBase, dockerfileOf } from './bases.ts';
import { cachedImage, type BuiltImage, type Say } from './cached-image.ts';
import { kafkaImage, registryImage } from './java-images.ts';

export type { BuiltImage } from './cached-image.ts';
export { kafkaImage, registryImage } from './java-images.ts';
export { serviceImage } from './service.ts';

/** Has everything ready that doesn't change with the working tree: the first time takes minutes. */
export async function installImageTools(say: Say = () => undefined): Promise<void> {
  await installPackages(say);
  // One after the other: each build uses all processors.
  for (const make of [buildBase, pauseImage, corednsImage, kafkaImage, registryImage])
    await make(say);
}

/** A process that holds a pod's namespaces. */
export function pauseImage(say?: Say): Promise<BuiltImage> {
  const source = join(import.meta.dirname, 'pause', 'pause.c');
  return cachedImage(
    {
      name: 'localhost/pause:1',
      dockerfile: dockerfileOf('pause'),
      inputs: [readFileSync(source, 'utf8')],
      fill: async (context) => {
        const program = join(context, 'pause');
        await demand(['gcc', '-static', '-Os', '-s', '-Wall', '-Werror', '-o', program, source]);
      },
    },
    say,
  );
}

/** The cluster's name service: `/coredns`, user 65532. */
export async function corednsImage(say?: Say): Promise<BuiltImage> {
  const program = await coredns(say);
  return cachedImage(
    {
      name: 'localhost/coredns:1',
      dockerfile: dockerfileOf('coredns'),
      inputs: [basename(dirname(program))],
      fill: (context) => copyFileSync(program, join(context, 'coredns')),
    },
    say,
  );
}
