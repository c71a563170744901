/** The same list of connections with neighbouring ranges of addresses joined where they are allowed the same. */

const line = /^(\S+) => (\S+) : (.*)$/;
const range = /^(\d+\.\d+\.\d+\.\d+)-(\d+\.\d+\.\d+\.\d+)$/;

const numberOf = (address: string): number =>
  address.split('.').reduce((number, part) => number * 256 + Number(part), 0);

interface Range {
  readonly first: string;
  last: string;
}

/** @param list lines as `a => b : ports`, ranges as `first-last` of IPv4 addresses. */
export function joinRanges(list: string): string {
  const lines: string[] = [];
  const ranges = new Map<string, Range[]>();
  for (const text of list.split('\n')) {
    const [, source = '', destination = '', ports = ''] = line.exec(text) ?? [];
    const [, first, last] = range.exec(source) ?? range.exec(destination) ?? [];
    if (first === undefined || last === undefined) {
      lines.push(text);
      continue;
    }
    const key = range.test(source) ? `* => ${destination} : ${ports}` : `${source} => * : ${ports}`;
    ranges.set(key, [...(ranges.get(key) ?? []), { first, last }]);
  }
  for (const [key, found] of ranges)
    for (const { first, last } of joined(found)) lines.push(key.replace('*', `${first}-${last}`));
  return lines.toSorted().join('\n');
}

function joined(ranges: readonly Range[]): readonly Range[] {
  const found: Range[] = [];
  for (const one of ranges.toSorted((a, b) => numberOf(a.first) - numberOf(b.first))) {
    const before = found.at(-1);
    if (before !== undefined && numberOf(before.last) + 1 === numberOf(one.first))
      before.last = one.last;
    else found.push({ ...one });
  }
  return found;
}
