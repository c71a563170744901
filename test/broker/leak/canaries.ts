import { Needles } from '../../rig/needles.ts';

/** A schema whose every protected leaf, default and documentation holds a canary, and which has every kind of type that Avro knows. */
export const canary = {
  text: 'CANARY-text-9b1f',
  nested: 'CANARY-nested-52c7',
  item: 'CANARY-item-77e0',
  mapKey: 'CANARY-map-key-c41d',
  mapValue: 'CANARY-map-value-08fa',
  branch: 'CANARY-branch-e6a2',
  deep: 'CANARY-deep-3d95',
  uuid: 'c0ffee00-dead-4bad-8bad-0123456789ab',
  masked: 'CANARY-masked-a8b3',
  secretBytes: Buffer.from('CANARY-bytes-61d4'),
  fixed: Buffer.from('CANARY-fixed-16b'),
  decimal: Buffer.from('1badcafe2badcafe3bad', 'hex'),
  /** Survives as a JavaScript number; nine bytes as an Avro varint. */
  long: 8_070_450_532_247_929,
  double: 1234567.890123,
  documentation: 'CANARY-documentation-f00d',
  defaulted: 'CANARY-default-beef',
  symbol: 'CANARY_SYMBOL_2f6e',
  key: 'CANARY-record-key-19cc',
  header: 'CANARY-header-value-d2d2',
  headerName: 'CANARY-header-name-4b4b',
  invalidText: 'CANARY-invalid-utf8-87aa',
  unframed: 'CANARY-unframed-5e5e',
  trailing: 'CANARY-trailing-3c3c',
  unclassified: 'CANARY-unclassified-7d7d',
  password: 'CANARY-password-aa11',
  token: 'CANARY-bearer-token-bb22',
} as const;

export const schema = JSON.stringify({
  type: 'record',
  name: 'Canary',
  namespace: 'leak',
  doc: canary.documentation,
  fields: [
    { name: 'sequence', type: 'int', lethe: 'public' },
    {
      name: 'text',
      type: 'string',
      lethe: 'TOKEN',
      doc: canary.documentation,
      default: canary.defaulted,
    },
    {
      name: 'person',
      lethe: 'TOKEN',
      type: { type: 'record', name: 'Person', fields: [{ name: 'name', type: 'string' }] },
    },
    { name: 'items', type: { type: 'array', items: 'string' }, lethe: 'GONE' },
    {
      name: 'entries',
      type: { type: 'map', values: 'string' },
      lethe: { keys: { tags: ['TOKEN'] }, values: { tags: ['SEALED'] } },
    },
    {
      name: 'choice',
      type: [
        'null',
        {
          type: 'record',
          name: 'Left',
          fields: [{ name: 'value', type: 'string', lethe: 'GONE' }],
        },
        {
          type: 'record',
          name: 'Right',
          fields: [{ name: 'value', type: 'string', lethe: 'TOKEN' }],
        },
      ],
    },
    {
      name: 'tree',
      type: {
        type: 'record',
        name: 'Tree',
        fields: [
          { name: 'label', type: 'string', lethe: 'SEALED' },
          { name: 'children', type: { type: 'array', items: 'Tree' } },
        ],
      },
    },
    { name: 'uuid', type: { type: 'string', logicalType: 'uuid' }, lethe: 'TOKEN' },
    { name: 'masked', type: 'string', lethe: 'MASKED' },
    { name: 'bytes', type: 'bytes', lethe: 'SEALED' },
    { name: 'fixed', type: { type: 'fixed', name: 'Sixteen', size: 16 }, lethe: 'TOKEN' },
    {
      name: 'decimal',
      type: { type: 'bytes', logicalType: 'decimal', precision: 24, scale: 2 },
      lethe: 'GONE',
    },
    { name: 'long', type: 'long', lethe: 'TOKEN' },
    { name: 'double', type: 'double', lethe: 'GONE' },
    {
      name: 'symbol',
      type: { type: 'enum', name: 'Symbol', symbols: ['OTHER', canary.symbol] },
      lethe: 'CONSTANT',
    },
  ],
});

export const rules = {
  unclassified: 'refuse',
  tags: {
    TOKEN: { technique: 'pseudonymize', domain: 'leak' },
    GONE: { technique: 'suppress' },
    SEALED: { technique: 'encrypt', domain: 'leak' },
    MASKED: { technique: 'mask', keepLast: 2 },
    CONSTANT: { technique: 'constant', value: 'OTHER' },
  },
};

export function record(sequence: number): Record<string, unknown> {
  const tree = (depth: number): unknown => ({
    label: canary.deep,
    children: depth === 0 ? [] : [tree(depth - 1)],
  });
  return {
    sequence,
    text: canary.text,
    person: { name: canary.nested },
    items: [canary.item, canary.item],
    entries: { [canary.mapKey]: canary.mapValue },
    choice:
      sequence % 3 === 0
        ? null
        : { [sequence % 3 === 1 ? 'leak.Left' : 'leak.Right']: { value: canary.branch } },
    tree: tree(3),
    uuid: canary.uuid,
    masked: canary.masked,
    bytes: canary.secretBytes,
    fixed: canary.fixed,
    decimal: canary.decimal,
    long: canary.long,
    double: canary.double,
    symbol: canary.symbol,
  };
}

/** Every canary in every dress that a program might put it into. */
export function needles(): Needles {
  const all = new Needles();
  const add = (bytes: Buffer): void => {
    all.add(bytes);
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      // The last characters of base64 depend on what follows.
      const text = bytes.toString(encoding).replace(/=+$/, '');
      all.add(encoding === 'hex' ? text : text.slice(0, -2));
    }
    all.add(bytes.toString('hex').toUpperCase());
  };
  for (const value of Object.values(canary)) {
    if (typeof value === 'string') add(Buffer.from(value));
    else if (typeof value === 'number') for (const bytes of numberForms(value)) add(bytes);
    else add(value);
  }
  add(Buffer.from(canary.uuid.replaceAll('-', ''), 'hex'));
  return all;
}

function numberForms(value: number): readonly Buffer[] {
  const forms = [Buffer.from(String(value))];
  if (Number.isInteger(value)) {
    const varint: number[] = [];
    let rest = BigInt(value) << 1n;
    for (; rest > 127n; rest >>= 7n) varint.push(Number(rest & 127n) | 128);
    varint.push(Number(rest));
    forms.push(Buffer.from(varint));
    const big = Buffer.alloc(8);
    big.writeBigInt64BE(BigInt(value));
    forms.push(big);
  } else {
    const little = Buffer.alloc(8);
    little.writeDoubleLE(value);
    forms.push(little);
  }
  return forms.filter((form) => form.length >= 8);
}
