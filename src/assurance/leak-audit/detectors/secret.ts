import type { Detector } from './detector.ts';

/** Forms that only credentials have: JSON Web Tokens, keys of AWS, tokens of GitHub, private keys in PEM. */
const secrets: readonly RegExp[] = [
  /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}/,
  /(?<![A-Za-z0-9_-])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9_-])/,
  /(?<![A-Za-z0-9_-])gh[pousr]_[A-Za-z0-9]{36}(?![A-Za-z0-9_-])/,
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
];

export const secret: Detector = (text) => secrets.some((pattern) => pattern.test(text));
