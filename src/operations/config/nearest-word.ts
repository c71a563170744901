/** The known word that an unknown one most likely stands for: at most a third of its letters away, or null. */
export function nearestWord(unknown: string, known: Iterable<string>): string | null {
  const wanted = unknown.slice(0, 64);
  let best: string | null = null;
  let least = Math.max(1, Math.ceil(wanted.length / 3)) + 1;
  for (const word of known) {
    const far = distance(wanted.toLowerCase(), word.toLowerCase());
    if (far < least) [best, least] = [word, far];
  }
  return best;
}

/** Levenshtein distance, one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
