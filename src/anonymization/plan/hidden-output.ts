import type { TechniqueSpec } from '../rules/technique-spec.ts';
import type { LeafType } from '../schema/tree.ts';

/** Stands for symbols that the output schema does not show. */
const hiddenSymbol = 'REDACTED';

/**
 * The output type of a leaf as the output schema may show it: the symbols of a rewritten enum are hidden. What is written stays an
 * index, so there are as many symbols as the technique needs, and only a constant is named.
 */
export function hiddenOutput(spec: TechniqueSpec, output: LeafType): LeafType {
  if (spec.technique === 'keep' || output.kind !== 'enum') return output;
  if (spec.technique !== 'constant') return { ...output, symbols: [hiddenSymbol] };
  const index = output.symbols.indexOf(String(spec.value));
  const before = Array.from({ length: index }, (_, position) => `${hiddenSymbol}_${position}`);
  return { ...output, symbols: [...before, String(spec.value)] };
}
