import type { Technique } from './technique.ts';
import { effect } from './applicability.ts';
import { checkNumber, mapNumbers } from './multiples.ts';

/** Rounds to the nearest multiple of `to`; halves go away from zero. */
export const round: Technique<'round'> = {
  name: 'round',
  group: 'generalization',
  check: (spec, leaf) => checkNumber('round', leaf, [spec.to]) ?? effect(leaf),
  link: (spec, { input }) =>
    mapNumbers(input, {
      parameters: [spec.to],
      small: (value, [to]) => {
        const rest = value % to!;
        const down = value - rest;
        return Math.abs(rest) * 2 >= to! ? down + Math.sign(rest) * to! : down;
      },
      large: (value, [to]) => {
        const rest = value % to!;
        const down = value - rest;
        if ((rest < 0n ? -rest : rest) * 2n < to!) return down;
        return rest < 0n ? down - to! : down + to!;
      },
      real: (value, [to]) => {
        const inverse = Math.round(1 / to!);
        // 0.1 is 1/10: counting tenths gives the double nearest to 0.3, multiplying does not.
        if (1 / inverse === to) return halfAwayFromZero(value * inverse) / inverse;
        return halfAwayFromZero(value / to!) * to!;
      },
    }),
};

function halfAwayFromZero(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}
