import type { TechniqueSpec } from '../rules/technique-spec.ts';
import type { Technique } from './technique.ts';
import { effect, invalidParameter } from './applicability.ts';
import { checkNumber, mapNumbers } from './multiples.ts';
import type { NumberFunction } from './multiples.ts';

type Spec = Extract<TechniqueSpec, { technique: 'bucket' }>;

/**
 * Writes the lower bound of the interval that a number falls into: multiples of `size`, or the given ascending `bounds`, of which the last is
 * open to the top. Below the first bound there is no interval: outside the domain.
 */
export const bucket: Technique<'bucket'> = {
  name: 'bucket',
  group: 'generalization',
  check(spec, leaf) {
    const { size, bounds } = spec;
    if ((size === undefined) === (bounds === undefined)) {
      return invalidParameter('give "bucket" either `size` or `bounds`');
    }
    if (bounds?.some((bound, i) => i > 0 && bound <= bounds[i - 1]!) === true) {
      return invalidParameter('write `bounds` in ascending order, each once');
    }
    return checkNumber('bucket', leaf, parametersOf(spec)) ?? effect(leaf);
  },
  link: (spec, { input }) =>
    mapNumbers(input, spec.bounds === undefined ? bySize(spec) : byBounds(spec)),
};

function parametersOf(spec: Spec): readonly number[] {
  return spec.bounds ?? [spec.size!];
}

function bySize(spec: Spec): NumberFunction {
  return {
    parameters: parametersOf(spec),
    small: (value, [size]) => {
      // `%` on doubles is exact, a quotient is not.
      const rest = value % size!;
      return value - (rest < 0 ? rest + size! : rest);
    },
    large: (value, [size]) => {
      const rest = value % size!;
      return value - (rest < 0n ? rest + size! : rest);
    },
    real: (value, [size]) => {
      const inverse = Math.round(1 / size!);
      // 0.1 is 1/10: counting tenths gives the double nearest to 0.3, multiplying does not.
      if (1 / inverse === size) return floorBy(value, (k) => k / inverse, value * inverse);
      return floorBy(value, (k) => k * size!, value / size!);
    },
  };
}

/** The greatest multiple that is at most `value`, the quotient being off by one at most. */
function floorBy(value: number, multiple: (k: number) => number, quotient: number): number {
  const k = Math.floor(quotient);
  if (multiple(k + 1) <= value) return multiple(k + 1);
  return multiple(k) <= value ? multiple(k) : multiple(k - 1);
}

function byBounds(spec: Spec): NumberFunction {
  const find = <N extends number | bigint>(value: N, bounds: readonly N[]): N | null => {
    let from = 0;
    let to = bounds.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (bounds[middle]! <= value) from = middle + 1;
      else to = middle;
    }
    return from === 0 ? null : bounds[from - 1]!;
  };
  const number = (value: number, bounds: readonly number[]): number =>
    Number.isNaN(value) ? NaN : (find(value, bounds) ?? NaN);
  return { parameters: parametersOf(spec), small: number, large: find, real: number };
}
