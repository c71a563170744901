import avsc from 'avsc';

/** An Avro type as an outside library sees it; logical types show their underlying type. */
export interface AvroCodec {
  encode(value: unknown): Buffer;
  decode(bytes: Uint8Array): unknown;
}

export function avroCodec(schema: string): AvroCodec {
  const type = avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema);
  return {
    encode: (value) => type.toBuffer(value),
    decode: (bytes) => type.fromBuffer(Buffer.from(bytes)) as unknown,
  };
}

/** The registry's frame: a zero byte and the schema id, big endian. */
export function frame(schemaId: number, payload: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(5 + payload.length);
  framed[0] = 0;
  framed.writeInt32BE(schemaId, 1);
  framed.set(payload, 5);
  return framed;
}

export function unframe(value: Buffer): { readonly schemaId: number; readonly payload: Buffer } {
  if (value[0] !== 0 || value.length < 5) throw new Error('The value has no frame');
  return { schemaId: value.readInt32BE(1), payload: value.subarray(5) };
}

/** Reads values of any schema of a registry, which it asks once an id. */
export class FramedReader {
  readonly #url: string;
  readonly #codecs = new Map<number, Promise<AvroCodec>>();

  constructor(url: string) {
    this.#url = url;
  }

  async decode(value: Buffer): Promise<unknown> {
    const { schemaId, payload } = unframe(value);
    return (await this.#codec(schemaId)).decode(payload);
  }

  #codec(id: number): Promise<AvroCodec> {
    let codec = this.#codecs.get(id);
    if (codec === undefined) {
      codec = fetch(`${this.#url}/schemas/ids/${id}`).then(async (response) => {
        if (!response.ok) throw new Error(`The registry has no schema ${id}`);
        return avroCodec(((await response.json()) as { schema: string }).schema);
      });
      this.#codecs.set(id, codec);
    }
    return codec;
  }
}
