/**
 * Where a schema id stands in a record: before the payload (magic byte 0 and a 4-byte big-endian id), or in a header (Confluent 8.0:
 * `__key_schema_id` and `__value_schema_id`, holding magic byte 1 and a 16-byte GUID, or magic byte 0 and the id).
 */
export const frameLength = 5;

export const schemaIdHeader = {
  key: '__key_schema_id',
  value: '__value_schema_id',
} as const;

/** The id before the payload `bytes[start..end)`, or -1 where there is none. Ids are positive 31-bit numbers. */
export function readPrefixId(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < frameLength || bytes[start] !== 0) return -1;
  const id =
    (bytes[start + 1]! << 24) |
    (bytes[start + 2]! << 16) |
    (bytes[start + 3]! << 8) |
    bytes[start + 4]!;
  return id < 0 ? -1 : id;
}

/** Magic byte 0 and the id: what precedes a payload, and what a header holds when the GUID is not known. */
export function writeFrame(id: number): Buffer {
  const frame = Buffer.alloc(frameLength);
  frame.writeInt32BE(id, 1);
  return frame;
}

/** What a schema id header says: an id, a GUID in its canonical text form, or nothing that can be read. */
export type HeaderSchemaId =
  | { readonly kind: 'id'; readonly id: number }
  | { readonly kind: 'guid'; readonly guid: string }
  | { readonly kind: 'unreadable' };

/** Reads the value of a schema id header. Bytes behind the id or GUID (message indexes of Protobuf) are not looked at. */
export function readHeaderId(bytes: Uint8Array): HeaderSchemaId {
  if (bytes[0] === 0) {
    const id = readPrefixId(bytes, 0, bytes.length);
    return id < 0 ? { kind: 'unreadable' } : { kind: 'id', id };
  }
  if (bytes[0] !== 1 || bytes.length < 17) return { kind: 'unreadable' };
  const hex = Buffer.from(bytes.subarray(1, 17)).toString('hex');
  const guid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { kind: 'guid', guid };
}
