import { readManifests } from '../../isolation/manifests/manifest-files.ts';
import { CliError } from '../errors.ts';
import type { Complaint } from '../../isolation/manifests/complaints.ts';
import type { Manifests } from '../../isolation/manifests/manifests.ts';
import type { Terminal } from '../terminal.ts';

/** Remarks printed for one set of manifests; a large application has one for each custom resource. */
const mostRemarks = 50;

/**
 * Reads the manifests of some folders and files, and of standard input where one is `-`. Remarks go to standard error. Where anything
 * could not be understood, nothing is answered: a list made from half of the policies would look like the whole truth.
 *
 * @throws CliError `CLI_MANIFESTS_INVALID` with every complaint of severity `error`
 */
export async function manifestsOf(
  paths: readonly string[],
  terminal: Terminal,
): Promise<Manifests> {
  const manifests = await readManifests(paths, { stdin: terminal.stdin });
  const { complaints, workloads, policies } = manifests;
  remark(complaints, terminal);
  const problems = complaints.filter(({ severity }) => severity === 'error');
  const names = paths.map((path) => `"${path}"`).join(', ');
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    throw new CliError('CLI_MANIFESTS_INVALID', `Correct the manifests of ${names}: ${count}`, {
      problems,
    });
  }
  if (workloads.length === 0 && policies.length === 0)
    throw new CliError(
      'CLI_MANIFESTS_INVALID',
      `Name manifests (.yaml, .yml, .json) with workloads or policies: ${names} has none`,
    );
  return manifests;
}

function remark(complaints: readonly Complaint[], { stderr }: Terminal): void {
  const remarks = complaints.filter(({ severity }) => severity !== 'error');
  for (const { severity, path, message } of remarks.slice(0, mostRemarks))
    stderr.write(`${severity === 'warning' ? 'Warning' : 'Note'}: ${path}: ${message}\n`);
  if (remarks.length > mostRemarks)
    stderr.write(`and ${remarks.length - mostRemarks} more remarks\n`);
}
