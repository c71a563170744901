import { createHash } from 'node:crypto';
import { FormatError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import type { ContainerCodec } from './container-codec.ts';
import { containerCodec } from './container-codec.ts';
import { writeVarint } from './varint.ts';

/** "Obj" and the version 1 (Avro 1.12, Object Container Files). */
const magic = Buffer.from('Obj\u0001', 'latin1');
const syncSize = 16;
const headerLimit = 16 * 2 ** 20;

export interface ContainerHeader {
  readonly schema: string;
  readonly codec: ContainerCodec;
  readonly sync: Uint8Array;
}

export interface ContainerBlock {
  readonly records: number;
  /** Decompressed; the records follow each other without a length. */
  readonly content: Uint8Array;
}

/**
 * Reads the head of a container file.
 *
 * @throws FormatError `CONTAINER_MAGIC_MISSING`, `CONTAINER_HEADER_INVALID`, `CONTAINER_SCHEMA_MISSING`, `CONTAINER_CODEC_UNKNOWN`,
 * `CONTAINER_BLOCK_TRUNCATED`
 */
export async function readHeader(source: ByteSource): Promise<ContainerHeader> {
  await readMagic(source);
  const metadata = await readMetadata(source);
  const schema = metadata.get('avro.schema');
  if (schema === undefined) {
    throw new FormatError(
      'CONTAINER_SCHEMA_MISSING',
      'Write the file with a schema: its header has no "avro.schema"',
    );
  }
  const codec = containerCodec(metadata.get('avro.codec')?.toString('latin1') ?? 'null');
  const sync = Uint8Array.from(await source.take(syncSize));
  return { schema: schema.toString('utf8'), codec, sync };
}

async function readMagic(source: ByteSource): Promise<void> {
  const missing = new FormatError(
    'CONTAINER_MAGIC_MISSING',
    'Give an Avro object container file: the input does not begin as one',
  );
  try {
    if (!magic.equals(await source.take(magic.length))) throw missing;
  } catch {
    throw missing;
  }
}

/** A map of bytes, in blocks as any Avro map. */
async function readMetadata(source: ByteSource): Promise<ReadonlyMap<string, Buffer>> {
  const metadata = new Map<string, Buffer>();
  for (;;) {
    let count = await source.takeLong();
    if (count === 0) return metadata;
    if (count < 0) {
      count = -count;
      await source.takeLong();
    }
    for (let entry = 0; entry < count; entry++) {
      const key = await readBytes(source);
      metadata.set(key.toString('utf8'), await readBytes(source));
    }
  }
}

async function readBytes(source: ByteSource): Promise<Buffer> {
  const length = await source.takeLong();
  if (length < 0 || source.taken + length > headerLimit) {
    throw new FormatError(
      'CONTAINER_HEADER_INVALID',
      `Check the file: its header has a negative length, or more than ${headerLimit} bytes`,
    );
  }
  return Buffer.from(await source.take(length));
}

/**
 * Reads the next block, or null at the end of the file.
 *
 * @throws FormatError `CONTAINER_BLOCK_TRUNCATED`, `CONTAINER_BLOCK_INVALID`, `CONTAINER_BLOCK_TOO_LARGE`, `CONTAINER_SYNC_MISMATCH`
 */
export async function readBlock(
  source: ByteSource,
  header: ContainerHeader,
  limit: number,
): Promise<ContainerBlock | null> {
  if ((await source.atEnd()) || (await source.onlyLineEndLeft())) return null;
  const records = await source.takeLong();
  const size = await source.takeLong();
  if (records < 0 || size < 0) {
    throw new FormatError(
      'CONTAINER_BLOCK_INVALID',
      'Check the file: a block has a negative length',
    );
  }
  if (size > limit) throw tooLarge(limit);
  const compressed = Buffer.from(await source.take(size));
  const sync = await source.take(syncSize);
  if (!Buffer.from(header.sync).equals(sync)) {
    throw new FormatError(
      'CONTAINER_SYNC_MISMATCH',
      'Check the file: a block does not end with the sync marker of its header',
    );
  }
  return { records, content: decompress(header.codec, compressed, limit) };
}

function decompress(codec: ContainerCodec, block: Uint8Array, limit: number): Uint8Array {
  let content: Uint8Array;
  try {
    content = codec.decompress(block, limit);
  } catch (cause) {
    throw new FormatError(
      'CONTAINER_BLOCK_INVALID',
      `Check the file: a block can't be decompressed as ${codec.name} within ${limit} bytes`,
      { cause },
    );
  }
  if (content.length > limit) throw tooLarge(limit);
  return content;
}

function tooLarge(limit: number): FormatError {
  return new FormatError(
    'CONTAINER_BLOCK_TOO_LARGE',
    `Write the file in smaller blocks: one has more than ${limit} bytes`,
  );
}

/**
 * A sync marker that depends on the plan and the marker of the source alone, so that the same file is written the same way
 * every time.
 */
export function deriveSync(planDigest: string, sourceSync: Uint8Array): Uint8Array {
  const hash = createHash('sha256').update(planDigest).update(sourceSync);
  return Uint8Array.from(hash.digest().subarray(0, syncSize));
}

/** Renders the head of a container. Metadata of the source other than schema and codec is left out: nobody classified it. */
export function renderHeader({ schema, codec, sync }: ContainerHeader): Uint8Array {
  const entries = [
    ['avro.schema', schema],
    ['avro.codec', codec.name],
  ] as const;
  return Buffer.concat([
    magic,
    long(entries.length),
    ...entries.flat().flatMap((text) => [long(Buffer.byteLength(text)), Buffer.from(text)]),
    long(0),
    sync,
  ]);
}

export function renderBlock(header: ContainerHeader, block: ContainerBlock): Uint8Array {
  const compressed = header.codec.compress(block.content);
  return Buffer.concat([long(block.records), long(compressed.length), compressed, header.sync]);
}

function long(value: number): Uint8Array {
  const bytes = new Uint8Array(10);
  return bytes.subarray(0, writeVarint(bytes, 0, value | 0, Math.floor(value / 2 ** 32)));
}
