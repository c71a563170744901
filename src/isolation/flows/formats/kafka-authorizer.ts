/**
 * Kafka's authorizer log (logger `kafka.authorizer.logger`: denials at INFO, permissions at DEBUG), alone or among other lines of a broker.
 *
 * The sentence, of `StandardAuthorizerData.buildAuditMessage` in Kafka 4.3: "Principal = User:a is Allowed operation = READ from host = 10.0.0.1 on
 * resource = Topic:LITERAL:t for request = Fetch with resourceRefCount = 1 based on rule …". `AclAuthorizer` of Kafka 2 and 3 wrote "Operation = Read" and no
 * rule; before 2.0 the resource had no pattern type.
 *
 * @see https://github.com/apache/kafka/blob/trunk/metadata/src/main/java/org/apache/kafka/metadata/authorizer/StandardAuthorizerData.java
 */
import { address, at, isEntry, isoTime } from '../json-entry.ts';
import { LineRefusal, parsing, skipped, type LineParser, type ParsedLine } from '../parsed-line.ts';
import { nobody, type KafkaRequest } from '../observed-flow.ts';

const start = 'Principal = ';
const decision = / is (Allowed|Denied) [oO]peration = /g;
const rest =
  /^([A-Za-z_]{1,40}) from host = (\S{1,100}) on resource = ([A-Za-z]{1,40}):(?:(?:LITERAL|PREFIXED):)?(.*)$/s;
const end =
  /(?: for request = [A-Za-z]{1,60} with resourceRefCount = \d{1,10}| based on rule | \(kafka\.authorizer\.logger\)$).*$/s;
const stamp = /(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)/;
const topicForm = /^[A-Za-z0-9._-]{1,249}$/;
/** Groups and transactional ids may be any text; those that are names are told. */
const nameForm = /^[A-Za-z0-9._:@-]{1,249}$/;
const longestPrincipal = 1024;

/** Whether a line has the authorizer's sentence. */
export const isKafkaAuthorizer = (line: string): boolean =>
  line.includes(start) && / is (?:Allowed|Denied) [oO]peration = /.test(line);

export function kafkaAuthorizerParser(): LineParser {
  return { parse: (line, number) => parsing(() => parse(line, number)) };
}

function parse(line: string, number: number): ParsedLine {
  if (!line.includes(start)) return skipped('other-message');
  const { message, before } = sentence(line);
  const decisions = [...message.matchAll(decision)];
  const [decided] = decisions;
  if (decided === undefined) return skipped('other-message');
  // Names of principals and groups are chosen by clients: two decisions in one line are somebody's trick, not the authorizer's.
  if (decisions.length > 1) throw new LineRefusal('bad-name');
  const principal = message.slice(start.length, decided.index);
  const match = rest.exec(message.slice(decided.index + decided[0].length));
  if (match === null) throw new LineRefusal('not-a-flow');
  const [, operation = '', host = '', resource = '', tail = ''] = match;
  const when = stamp.exec(before)?.[1];
  return {
    kind: 'flow',
    flow: {
      at: isoTime(when),
      source: { ...nobody, address: address(host.replace(/^\//, '')) },
      destination: nobody,
      protocol: 'TCP',
      port: null,
      verdict: decided[1] === 'Allowed' ? 'allowed' : 'denied',
      layer: 'kafka',
      seenAt: null,
      count: 1,
      policies: [],
      kafka: request(principal, operation, resource, tail),
      origin: { format: 'kafka', line: number },
    },
  };
}

/** The sentence, and what stands before it; a log in JSON has the sentence as its `message`. */
function sentence(line: string): { readonly message: string; readonly before: string } {
  const from = line.indexOf(start);
  const plain = { message: line.slice(from), before: line.slice(0, from) };
  if (!line.trimStart().startsWith('{')) return plain;
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    throw new LineRefusal('not-json');
  }
  const message = isEntry(entry) ? at(entry, 'message') : undefined;
  if (typeof message !== 'string' || !message.startsWith(start))
    throw new LineRefusal('not-a-flow');
  return { message, before: plain.before };
}

function request(
  principal: string,
  operation: string,
  resource: string,
  tail: string,
): KafkaRequest {
  if (principal.length === 0 || principal.length > longestPrincipal || /\p{Cc}/u.test(principal))
    throw new LineRefusal('bad-name');
  const own = tail.replace(end, '');
  if (resource === 'Topic' && !topicForm.test(own)) throw new LineRefusal('bad-name');
  return {
    principal,
    // `DescribeConfigs` of old versions and `DESCRIBE_CONFIGS` of new ones are one operation.
    operation: operation.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase(),
    resource,
    name: nameForm.test(own) ? own : null,
    topic: resource === 'Topic' ? own : null,
  };
}
