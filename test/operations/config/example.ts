import { readFileSync } from 'node:fs';
import type { ParseContext } from '../../../src/operations/config/parse.ts';
import { parseConfig } from '../../../src/operations/config/parse.ts';
import { ConfigError } from '../../../src/operations/config/errors.ts';
import type { ConfigProblem } from '../../../src/operations/config/errors.ts';

/** The file that documents show to operators. */
export const exampleText = readFileSync(
  new URL('../../../docs/lethe.example.yaml', import.meta.url),
  'utf8',
);

/** Surroundings in which every file exists and holds a secret. */
export const context: ParseContext = {
  file: 'lethe.yaml',
  env: { PORT: '9999', SECRET: 'canary-of-the-environment' },
  cpus: 4,
  resolvePath: (file) => file,
  readText: (file) => (file.includes('absent') ? null : 'canary-of-a-file\n'),
};

/** The least that runs, for tests that change one thing. */
export const smallText = `
kafka:
  main: { bootstrapServers: ['localhost:9092'] }
registry: { url: 'http://localhost:8081' }
keys: { directory: keys, current: v1 }
rules:
  tags: { PII: { technique: suppress } }
routes:
  - name: customers
    from: { topic: raw.customers }
    to: { topic: public.customers }
    key: { type: string, technique: pseudonymize, domain: id }
`;

/** The problems of a text; fails when it is accepted or something else is thrown. */
export function problemsOf(
  text: string,
  surroundings: ParseContext = context,
): readonly ConfigProblem[] {
  try {
    parseConfig(text, surroundings);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the text was accepted');
}
