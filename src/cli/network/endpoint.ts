import { nearestWord } from '../../operations/config/nearest-word.ts';
import { CliError } from '../errors.ts';
import type { Endpoint } from '../../isolation/reachability/reachability.ts';

/**
 * The endpoint that an option names, by the name that the list of connections gives it; a workload's kind may be left out where
 * only one has the name.
 *
 * @throws CliError `CLI_ENDPOINT_UNKNOWN`
 */
export function endpointOf(name: string, option: string, known: readonly Endpoint[]): Endpoint {
  const exact = known.find(({ label }) => label === name);
  if (exact !== undefined) return exact;
  const alike = known.filter(({ label }) => label.startsWith(`${name}[`));
  const [only, ...others] = alike;
  if (only !== undefined && others.length === 0) return only;
  const near = nearestWord(
    name,
    known.map(({ label }) => label),
  );
  const hint =
    alike.length > 1
      ? `: choose one of ${alike.map(({ label }) => `"${label}"`).join(', ')}`
      : near === null
        ? ''
        : `: did you mean "${near}"?`;
  throw new CliError(
    'CLI_ENDPOINT_UNKNOWN',
    `Name a workload or range of the list for ${option}, as ns/name[Kind]; "${name}" is none${hint}`,
  );
}
