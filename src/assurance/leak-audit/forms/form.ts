import type { LeafValue } from '../leaf.ts';

/** What the values of one leaf must look like when the technique did its work. */
export type Expectation =
  /** The value passes on purpose: whether something leaks in it is for detectors. */
  | { readonly kind: 'kept' }
  /** There must be no value. */
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'form';
      readonly holds: (value: LeafValue) => boolean;
      /** A raw value may have the same form, so that holding shows nothing. */
      readonly blind: boolean;
    };

export const form = (holds: (value: LeafValue) => boolean, blind = false): Expectation => ({
  kind: 'form',
  holds,
  blind,
});

/** A form of texts; any other value breaks it. */
export const textForm = (holds: (text: string) => boolean, blind = false): Expectation =>
  form((value) => typeof value === 'string' && holds(value), blind);

/** A form of bytes; any other value breaks it. */
export const bytesForm = (holds: (bytes: Buffer) => boolean, blind = false): Expectation =>
  form((value) => Buffer.isBuffer(value) && holds(value), blind);
