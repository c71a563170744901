import type { Detector } from './detector.ts';

const number =
  /(?<![\p{L}\p{N}_]|[\p{L}\p{N}_]-)(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\p{L}\p{N}_]|-[\p{L}\p{N}])/u;

/** A United States social security number as it is written, with hyphens; numbers that are never given out are left out. */
export const usSsn: Detector = (text) => number.test(text);
