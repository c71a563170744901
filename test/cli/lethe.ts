import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';

const entry = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line as its users do: a process of its own. */
export function lethe(
  args: readonly string[],
  options: { readonly stdin?: Uint8Array | string; readonly cwd?: string } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [entry, ...args], { cwd: options.cwd });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const stdout = Buffer.concat(out);
      resolve({ code, stdout, out: stdout.toString(), err: Buffer.concat(err).toString() });
    });
  });
}

/** A folder of its own for a test, with these files in it. */
export function folder(t: TestContext, files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'lethe-cli-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

export const customerSchema = JSON.stringify({
  type: 'record',
  name: 'Customer',
  namespace: 'acme',
  fields: [
    { name: 'id', type: 'int', 'confluent:tags': ['ID'] },
    { name: 'email', type: 'string', 'confluent:tags': ['EMAIL'] },
    { name: 'phone', type: ['null', 'string'], default: null, 'confluent:tags': ['PHONE'] },
    { name: 'status', type: 'string', lethe: 'public' },
    {
      name: 'address',
      type: {
        type: 'record',
        name: 'Address',
        fields: [{ name: 'zip', type: 'string' }],
      },
    },
  ],
});

export const rules = `
keys: { directory: keys, current: v1 }
rules:
  tags:
    ID: { technique: pseudonymize, domain: customer.id }
    EMAIL: { technique: pseudonymize, output: email, domain: person.email }
    PHONE: { technique: mask, keepLast: 2 }
  fields:
    address.zip: { technique: mask, keepFirst: 2 }
routes:
  - name: open
    rules: { fields: { email: { technique: suppress } } }
`;

export const files = { 'customer.avsc': customerSchema, 'lethe.yaml': rules };
export const planArgs = ['--schema', 'customer.avsc', '--rules', 'lethe.yaml'] as const;
