/** Lists in sentences. */

/** The first few of many, and how many more. */
export function some(names: readonly string[], most = 3): string {
  const rest = names.length - most;
  const first = names.slice(0, most).join(', ');
  return rest > 0 ? `${first} and ${rest} more` : first;
}

/** `1 pod`, `2 pods`. */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;
