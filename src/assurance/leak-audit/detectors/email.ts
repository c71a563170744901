import { someMatch, type Detector } from './detector.ts';

const address =
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}_%+][\p{L}\p{N}._%+-]{0,63}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}(?:\p{L}{2,24}|xn--[A-Za-z0-9-]{2,59})/gu;

/** An e-mail address, but for those under `invalid` (RFC 6761 §6.4), where pseudonyms stand. */
export const email: Detector = (text) =>
  text.includes('@') &&
  someMatch(text, address, (match) => !match.toLowerCase().endsWith('.invalid'));
