import { stringify } from 'yaml';
import type { Attack } from './attack.ts';
import { jobOf, unfit, type JobOptions } from './jobs.ts';

/** Prints, as a YAML stream, the Jobs that a live run makes for the attacks; those that no Job can try are named in comments. */
export function* plannedJobs(attacks: readonly Attack[], options: JobOptions): Generator<string> {
  for (const attack of attacks) {
    const { id, source, destination } = attack;
    const reason = unfit(attack, source, options);
    if (reason !== undefined || source.kind === 'external') {
      yield `# ${id}: ${reason ?? ''}\n`;
      continue;
    }
    const { target, name } = destination;
    const address = target.kind === 'external' ? target.address : `(address of ${name})`;
    yield `---\n${stringify(jobOf(attack, source, { address, node: null }, options), { version: '1.1', lineWidth: 0 })}`;
  }
}
