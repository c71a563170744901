/**
 * Fetches what the rigs run, once a version: Apache Kafka as jars and Apicurio Registry as its distribution archive, both through Maven,
 * kept outside the tree in `$LETHE_CACHE` (default `~/.cache/lethe`).
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installOnce } from './cache.ts';

const run = promisify(execFile);

export const REGISTRY_VERSION = '3.0.9';
export const KAFKA_VERSION = '4.3.1';

/** Newer major versions of this plugin insist on a parent descriptor that not every mirror of Maven Central holds. */
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:2.10';
const KAFKA_POM = join(import.meta.dirname, 'kafka', 'pom.xml');

export const LOG_CONFIGURATION = join(import.meta.dirname, 'kafka', 'log4j2.xml');

/** Installs both; says what it does through `say`, since the first time takes a minute. */
export async function installRigs(say: (line: string) => void = () => undefined): Promise<void> {
  await installKafka(say);
  await installRegistry(say);
}

/** @returns the class path of Apache Kafka, ready for `java -cp`. */
export async function installKafka(say: (line: string) => void = () => undefined): Promise<string> {
  const pom = createHash('sha256').update(readFileSync(KAFKA_POM)).digest('hex').slice(0, 8);
  const home = await install(`kafka-${KAFKA_VERSION}-${pom}`, say, async (into) => {
    await maven([
      '-f',
      KAFKA_POM,
      `${PLUGIN}:copy-dependencies`,
      `-DoutputDirectory=${join(into, 'libs')}`,
    ]);
  });
  return join(home, 'libs', '*');
}

/** @returns the jar that starts Apicurio Registry, with its libraries beside it. */
export async function installRegistry(
  say: (line: string) => void = () => undefined,
): Promise<string> {
  const home = await install(`apicurio-registry-${REGISTRY_VERSION}`, say, async (into) => {
    const archive = join(into, 'registry.tar.gz');
    await maven([
      `${PLUGIN}:get`,
      `-Dartifact=io.apicurio:apicurio-registry-app:${REGISTRY_VERSION}:tar.gz:all`,
      '-Dtransitive=false',
      `-Ddest=${archive}`,
    ]);
    await run('tar', ['-xzf', archive, '-C', into]);
    rmSync(archive);
  });
  return join(home, `apicurio-registry-app-${REGISTRY_VERSION}-runner.jar`);
}

function install(
  name: string,
  say: (line: string) => void,
  fill: (into: string) => Promise<void>,
): Promise<string> {
  return installOnce({
    name,
    say,
    fill: async (into) => {
      await requireTools();
      await fill(into);
    },
  });
}

async function maven(args: readonly string[]): Promise<void> {
  try {
    await run('mvn', ['--quiet', '--batch-mode', ...args], { maxBuffer: 16 << 20 });
  } catch (error) {
    const output = (error as { stdout?: string }).stdout
      ?.split('\n')
      .find((l) => l.includes('ERROR'));
    throw new Error(
      `Cannot install through Maven; check the network or the mirror in ~/.m2/settings.xml: ${output ?? 'no output'}`,
      { cause: error },
    );
  }
}

/** Java 17 or newer and Maven, or one error that names both remedies. */
async function requireTools(): Promise<void> {
  const problems: string[] = [];
  const java = await run('java', ['-version']).then(
    ({ stderr }) => Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0),
    () => 0,
  );
  if (java < 17) {
    problems.push(
      `Java 17 or newer is needed to run Kafka (found ${java === 0 ? 'none' : java}): install a JDK, for example "apt install openjdk-17-jre-headless", and put it into PATH`,
    );
  }
  const mvn = await run('mvn', ['-version']).then(
    () => true,
    () => false,
  );
  if (!mvn) {
    problems.push(
      'Maven is needed to fetch Kafka and the schema registry: install it, for example "apt install maven"',
    );
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
