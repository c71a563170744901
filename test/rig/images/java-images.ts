/** Kafka and the registry as images, each on a Java runtime that was cut for both. */
import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { installKafka, installRegistry, LOG_CONFIGURATION } from '../install.ts';
import { unpackPackages } from '../unpacked-packages.ts';
import { dockerfileOf, runtimeBase } from './bases.ts';
import { cachedImage, fromArchive, type BuiltImage, type Say } from './cached-image.ts';
import { javaRuntime } from './java.ts';

/** What a pod's command may use besides Java; BusyBox finds out by its name what it is to be. */
const programs = ['sh', 'cat', 'cp', 'env', 'id', 'ls', 'mkdir', 'nc', 'sleep', 'wget'];

/**
 * Apache Kafka, which a pod formats and starts with settings of its own: `kafka/Dockerfile` says how. User 1000; it writes where its settings
 * say, and below /tmp.
 */
export async function kafkaImage(say?: Say): Promise<BuiltImage> {
  const libraries = dirname(await installKafka(say));
  return javaImage({
    image: 'kafka',
    inputs: [basename(dirname(libraries)), readFileSync(LOG_CONFIGURATION, 'utf8')],
    fill: (context) => {
      const kafka = join(context, 'kafka');
      cpSync(libraries, join(kafka, 'libs'), { recursive: true });
      copyFileSync(LOG_CONFIGURATION, join(kafka, 'log4j2.xml'));
    },
    say,
  });
}

/** Apicurio Registry at port 8080, schemas in memory. User 1000; it writes below /tmp. */
export async function registryImage(say?: Say): Promise<BuiltImage> {
  const jar = await installRegistry(say);
  return javaImage({
    image: 'registry',
    inputs: [basename(dirname(jar))],
    fill: (context) => {
      const registry = join(context, 'registry');
      mkdirSync(registry);
      cpSync(join(dirname(jar), 'lib'), join(registry, 'lib'), { recursive: true });
      copyFileSync(jar, join(registry, 'registry.jar'));
    },
    say,
  });
}

/** On the runtime base, with zlib, a static busybox and Java. */
async function javaImage(plan: {
  readonly image: 'kafka' | 'registry';
  readonly inputs: readonly string[];
  readonly fill: (context: string) => void;
  readonly say: Say | undefined;
}): Promise<BuiltImage> {
  const { image, inputs, fill, say } = plan;
  const java = await javaRuntime(say);
  const base = await runtimeBase(say);
  return cachedImage(
    {
      name: `localhost/${image}:1`,
      dockerfile: dockerfileOf(image),
      values: { RUNTIME_IMAGE: fromArchive(base) },
      inputs: [...inputs, basename(dirname(java)), ...programs],
      fill: async (context) => {
        const files = join(context, 'files');
        mkdirSync(files);
        await unpackPackages(['zlib1g', 'busybox-static'], files);
        for (const name of programs) symlinkSync('busybox', join(files, 'bin', name));
        cpSync(java, join(context, 'java'), { recursive: true });
        fill(context);
      },
    },
    say,
  );
}
