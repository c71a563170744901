import avsc from 'avsc';

/** A long that keeps all 64 bits: avsc's own refuses what a double can't hold. */
const exactLong = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint | number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: (value: number) => BigInt(value),
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (one: bigint, other: bigint) => (one < other ? -1 : one > other ? 1 : 0),
});

/** The codec that results are compared with: unions as `{branch: value}`, longs as BigInt, logical types ignored. */
export function avscType(schema: string): avsc.Type {
  return avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema, {
    wrapUnions: true,
    // The registry of types is not asked for `{"type": "long"}`, the hook is.
    typeHook: (declared) => (isLong(declared) ? exactLong : undefined),
  });
}

function isLong(declared: unknown): boolean {
  if (typeof declared !== 'object' || declared === null) return declared === 'long';
  return 'type' in declared && declared.type === 'long';
}
