/** Names of objects: readable where they fit, and never the same for two. */
import { createHash } from 'node:crypto';

/** Length of a label by RFC 1123, which names of policies keep to since controllers copy them into labels. */
const longest = 63;
const hashLength = 8;

/** Something that wants a name. */
export interface Nameless {
  /** What tells it from all others; the hash is made from it. */
  readonly key: string;
  /** Names are unique within it. */
  readonly namespace: string;
  /** What people call it, such as `broker main/11`. */
  readonly text: string;
  readonly suffix: string;
}

/** Names by key, as `lethe-broker-main-11-ingress`; with a hash where one is too long or two would be alike. */
export function named(list: readonly Nameless[]): ReadonlyMap<string, string> {
  const wanted = list.map((one) => ({ ...one, plain: `lethe-${slug(one.text)}-${one.suffix}` }));
  const uses = new Map<string, number>();
  const place = (one: (typeof wanted)[number]): string => `${one.namespace}/${one.plain}`;
  for (const one of wanted) uses.set(place(one), (uses.get(place(one)) ?? 0) + 1);
  return new Map(
    wanted.map((one) => {
      const unique = uses.get(place(one)) === 1 && one.plain.length <= longest;
      return [one.key, unique ? one.plain : hashed(one)];
    }),
  );
}

/** The name of a further part of what has a name, counted from 0; the end gives way, since a hash stands before it. */
export function numbered(name: string, at: number): string {
  if (at === 0) return name;
  const suffix = `-${at + 1}`;
  return `${name.slice(0, longest - suffix.length).replace(/-+$/, '')}${suffix}`;
}

function hashed({ key, text, suffix }: Nameless): string {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, hashLength);
  const room = longest - 'lethe-'.length - suffix.length - hashLength - 2;
  const start = slug(text).slice(0, room).replace(/-+$/, '');
  return `lethe-${start}-${hash}-${suffix}`;
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '') || 'x';
