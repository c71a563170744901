/** The first words of Kafka's protocol, which need no credentials: enough to tell a broker from something that only accepts. */

const correlation = 0x4c657468;

/** ApiVersionsRequest, version 0, with a header of version 1 (KIP-35). */
export const kafkaHello: Buffer = Buffer.from([
  ...[0, 0, 0, 10], // size of the rest
  ...[0, 18], // ApiVersions
  ...[0, 0], // version
  ...[
    (correlation >>> 24) & 255,
    (correlation >>> 16) & 255,
    (correlation >>> 8) & 255,
    correlation & 255,
  ],
  ...[255, 255], // no client id
]);

/** Whether the bytes begin as an answer to the hello does; undefined while there are too few to tell. */
export function isKafkaAnswer(bytes: Buffer): boolean | undefined {
  if (bytes.length < 8) return undefined;
  const size = bytes.readInt32BE(0);
  return size >= 6 && bytes.readInt32BE(4) === correlation;
}
