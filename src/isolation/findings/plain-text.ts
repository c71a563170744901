/**
 * Names come from manifests, and a manifest may name an object as it likes: control characters that drive a terminal, directions of
 * writing that show a name as another, halves of characters that no encoding has.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/** One line of printable text. */
export const plainText = (text: string): string => text.replace(unprintable, '\u{fffd}');
