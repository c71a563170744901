import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig, parseRulesOf } from '../../../src/operations/config/parse.ts';
import { configRemedies } from '../../../src/operations/config/errors.ts';
import type { ConfigCode } from '../../../src/operations/config/errors.ts';
import { context, exampleText, problemsOf, smallText } from './example.ts';

test('the example file is accepted whole and filled with defaults', () => {
  const { settings, http, log, memoryBound, warnings } = parseConfig(exampleText, context);
  const cluster = settings.clusters.get('main');
  assert.deepEqual(cluster?.bootstrapServers, ['raw-kafka-0.kafka:9093', 'raw-kafka-1.kafka:9093']);
  assert.deepEqual(cluster.sasl, {
    mechanism: 'SCRAM-SHA-512',
    username: 'lethe',
    password: 'canary-of-a-file',
  });
  assert.equal(cluster.tls?.ca, 'canary-of-a-file\n');
  assert.equal(cluster.requestTimeout, 30_000);
  assert.deepEqual(settings.registry.auth, { type: 'bearer', token: 'canary-of-a-file' });
  assert.deepEqual(
    settings.routes.map(({ name }) => name),
    ['customers', 'orders'],
  );
  const [customers] = settings.routes;
  assert.equal(customers?.key.type, 'string');
  assert.deepEqual([...customers.headers], [['traceparent', { technique: 'keep' }]]);
  assert.deepEqual(customers.timestamp, { technique: 'keep' });
  assert.equal(settings.service.shards, 4);
  assert.equal(settings.service.transaction.maxAge, 20);
  assert.equal(settings.service.limits.inFlightBytes, 64 * 1024 ** 2);
  assert.equal(http.port, 8080);
  assert.equal(log.level, 'info');
  assert.equal(memoryBound.total, 4 * memoryBound.perShard);
  for (const { path } of warnings) assert.match(path, /^rules\.tags\./);
});

test('settings hold plain data that crosses threads', () => {
  const { settings } = parseConfig(exampleText, context);
  assert.deepEqual(structuredClone(settings), settings);
});

test('JSON is accepted as well as YAML', () => {
  const json = JSON.stringify({
    kafka: { main: { bootstrapServers: ['localhost:9092'] } },
    registry: { url: 'http://localhost:8081' },
    keys: { directory: 'keys', current: 'v1' },
    rules: {},
    routes: [
      {
        name: 'a',
        from: { topic: 'raw' },
        to: { topic: 'public' },
        key: { type: 'bytes', technique: 'suppress' },
      },
    ],
  });
  assert.equal(parseConfig(json, context).settings.routes[0]?.to.topic, 'public');
});

const replace =
  (from: string | RegExp, to: string) =>
  (text: string): string => {
    const changed = text.replace(from, to);
    assert.notEqual(changed, text, 'the change must change something');
    return changed;
  };
const append =
  (more: string) =>
  (text: string): string =>
    `${text}${more}\n`;

const route = (name: string, from: string, to: string): string =>
  `  - { name: ${name}, from: { ${from} }, to: { ${to} }, key: { type: string, technique: suppress } }`;

const faults: readonly {
  readonly what: string;
  readonly change: (text: string) => string;
  readonly code: ConfigCode;
  readonly path: string;
  readonly message?: RegExp;
}[] = [
  {
    what: 'a text that is not YAML',
    change: replace('kafka:', 'kafka: ]'),
    code: 'CONFIG_NOT_YAML',
    path: '',
  },
  { what: 'too deep a nesting', change: () => '['.repeat(500), code: 'CONFIG_NOT_YAML', path: '' },
  {
    what: 'an alias inside its own anchor',
    change: () => 'a: &a [*a]',
    code: 'CONFIG_NOT_YAML',
    path: 'a[0]',
  },
  {
    what: 'a file above 1 MiB',
    change: append(`#${'x'.repeat(1024 * 1024)}`),
    code: 'CONFIG_UNREADABLE',
    path: '',
  },
  {
    what: 'an unknown key',
    change: replace('bootstrapServers', 'bootstrapServer'),
    code: 'CONFIG_KEY_UNKNOWN',
    path: 'kafka.main.bootstrapServer',
    message: /did you mean "bootstrapServers"\?/,
  },
  {
    what: 'a missing key',
    change: replace('current: v1', ''),
    code: 'CONFIG_KEY_MISSING',
    path: 'keys.current',
  },
  {
    what: 'a duration without unit',
    change: append('service: { drainTimeout: 30 }'),
    code: 'CONFIG_VALUE_INVALID',
    path: 'service.drainTimeout',
    message: /duration/,
  },
  {
    what: 'a duration out of bounds',
    change: append('service: { drainTimeout: 3h }'),
    code: 'CONFIG_VALUE_INVALID',
    path: 'service.drainTimeout',
    message: /from 1s to 1h/,
  },
  {
    what: 'a size of unknown unit',
    change: append('service: { limits: { recordBytes: 10mb } }'),
    code: 'CONFIG_VALUE_INVALID',
    path: 'service.limits.recordBytes',
  },
  {
    what: 'an unknown technique',
    change: replace('technique: suppress', 'technique: supress'),
    code: 'CONFIG_VALUE_INVALID',
    path: 'rules.tags.PII.technique',
    message: /did you mean "suppress"\?/,
  },
  {
    what: 'a technique of the future where leaving it out would weaken the rules',
    change: replace(
      'key: { type: string, technique: pseudonymize, domain: id }',
      'key: { type: string, technique: fpe }',
    ),
    code: 'CONFIG_VALUE_INVALID',
    path: 'routes[0].key.technique',
  },
  {
    what: 'pass for all routes at once',
    change: replace('rules:', 'rules:\n  unclassified: pass'),
    code: 'CONFIG_VALUE_INVALID',
    path: 'rules.unclassified',
    message: /one route/,
  },
  {
    what: 'an unknown cluster',
    change: replace('to: { topic', 'to: { cluster: elsewhere, topic'),
    code: 'CONFIG_REFERENCE_UNKNOWN',
    path: 'routes[0].to.cluster',
  },
  {
    what: 'a group that the pattern does not have',
    change: append(route('b', "pattern: 'raw-(.*)'", 'topic: public-$2')),
    code: 'CONFIG_REFERENCE_UNKNOWN',
    path: 'routes[1].to.topic',
  },
  {
    what: 'a reference that is not closed',
    change: replace('current: v1', "current: '${A'"),
    code: 'CONFIG_REFERENCE_SYNTAX',
    path: 'keys.current',
  },
  {
    what: 'a relative file reference',
    change: replace('current: v1', "current: '${file:x}'"),
    code: 'CONFIG_REFERENCE_SYNTAX',
    path: 'keys.current',
  },
  {
    what: 'a missing environment variable',
    change: replace('current: v1', "current: '${ABSENT}'"),
    code: 'CONFIG_ENV_MISSING',
    path: 'keys.current',
  },
  {
    what: 'a missing referenced file',
    change: replace('current: v1', "current: '${file:/absent}'"),
    code: 'CONFIG_FILE_MISSING',
    path: 'keys.current',
  },
  {
    what: 'a missing TLS file',
    change: replace("['localhost:9092']", "['localhost:9092'], tls: { ca: absent.pem }"),
    code: 'CONFIG_FILE_MISSING',
    path: 'kafka.main.tls.ca',
  },
  {
    what: 'a missing token file',
    change: replace(
      "['localhost:9092']",
      "['localhost:9092'], sasl: { mechanism: OAUTHBEARER, tokenFile: absent }",
    ),
    code: 'CONFIG_FILE_MISSING',
    path: 'kafka.main.sasl.tokenFile',
  },
  {
    what: 'a route that reads what it writes',
    change: replace('public.customers', 'raw.customers'),
    code: 'CONFIG_ROUTE_LOOP',
    path: 'routes[0].to.topic',
  },
  {
    what: 'a pattern that matches its own target',
    change: append(route('b', "pattern: 'logs-(.*)'", "topic: 'logs-$1'")),
    code: 'CONFIG_ROUTE_LOOP',
    path: 'routes[1].to.topic',
  },
  {
    what: 'a pattern that matches another target',
    change: append(route('b', "pattern: 'public.*'", 'topic: elsewhere')),
    code: 'CONFIG_ROUTE_LOOP',
    path: 'routes[0].to.topic',
  },
  {
    what: 'a quarantine topic that a route reads',
    change: append('quarantine: { topic: raw.customers }'),
    code: 'CONFIG_ROUTE_LOOP',
    path: 'quarantine.topic',
  },
  {
    what: 'a route that writes into quarantine',
    change: append('quarantine: { topic: public.customers }'),
    code: 'CONFIG_ROUTE_DUPLICATE',
    path: 'routes[0].to.topic',
  },
  {
    what: 'two routes of one name',
    change: append(route('customers', 'topic: b', 'topic: c')),
    code: 'CONFIG_ROUTE_DUPLICATE',
    path: 'routes[1].name',
  },
  {
    what: 'two routes of one source',
    change: append(route('b', 'topic: raw.customers', 'topic: c')),
    code: 'CONFIG_ROUTE_DUPLICATE',
    path: 'routes[1].from.topic',
  },
  {
    what: 'a pattern that matches the source of another route',
    change: append(route('b', "pattern: 'raw.*'", 'topic: c')),
    code: 'CONFIG_ROUTE_DUPLICATE',
    path: 'routes[1].from.pattern',
  },
  {
    what: 'two routes of one target',
    change: append(route('b', 'topic: b', 'topic: public.customers')),
    code: 'CONFIG_ROUTE_DUPLICATE',
    path: 'routes[1].to.topic',
  },
  {
    what: 'both topic and pattern',
    change: replace('from: { topic: raw.customers }', 'from: { topic: a, pattern: b }'),
    code: 'CONFIG_VALUE_INVALID',
    path: 'routes[0].from',
    message: /exactly one/,
  },
  {
    what: 'a pattern that is no regular expression',
    change: replace('topic: raw.customers', "pattern: '('"),
    code: 'CONFIG_VALUE_INVALID',
    path: 'routes[0].from.pattern',
  },
  {
    what: 'a heartbeat as long as the session',
    change: append('service: { sessionTimeout: 6s, heartbeatInterval: 5s }'),
    code: 'CONFIG_INCONSISTENT',
    path: 'service.heartbeatInterval',
  },
  {
    what: 'a record limit above what a shard may hold',
    change: append('service: { limits: { recordBytes: 100MiB } }'),
    code: 'CONFIG_INCONSISTENT',
    path: 'service.limits.recordBytes',
  },
  {
    what: 'a password inside the registry URL',
    change: replace('http://localhost:8081', 'http://user:word@localhost:8081'),
    code: 'CONFIG_VALUE_INVALID',
    path: 'registry.url',
    message: /registry\.auth/,
  },
  {
    what: 'no cluster at all',
    change: replace("main: { bootstrapServers: ['localhost:9092'] }", '{}'),
    code: 'CONFIG_VALUE_INVALID',
    path: 'kafka',
  },
];

for (const { what, change, code, path, message } of faults) {
  test(`${what} is refused with ${code} at its path`, () => {
    const problems = problemsOf(change(smallText));
    const found = problems.find((problem) => problem.code === code && problem.path === path);
    assert.ok(found, JSON.stringify(problems));
    assert.equal(found.remedy, configRemedies[code]);
    if (message) assert.match(found.message, message);
  });
}

test('every code of the closed list has a test', () => {
  const tested = new Set(faults.map(({ code }) => code));
  assert.deepEqual(Object.keys(configRemedies).sort(), [...tested].sort());
});

test('all problems are told at once, each with line and column', () => {
  const text = smallText
    .replace('bootstrapServers', 'servers')
    .replace('current: v1', "current: '${ABSENT}'")
    .replace('public.customers', 'raw.customers');
  const problems = problemsOf(text);
  const at = (path: string) => problems.find((problem) => problem.path === path)?.position;
  assert.deepEqual(at('kafka.main.servers'), { line: 3, column: 11 });
  assert.deepEqual(at('keys.current'), { line: 5, column: 35 });
  assert.equal(problems.filter(({ path }) => path === 'keys.current').length, 1);
});

test('a contradiction among good sections is told beside the fault of another section', () => {
  const text = smallText
    .replace('http://localhost:8081', 'nonsense')
    .replace('public.customers', 'raw.customers');
  const codes = problemsOf(text).map(({ code }) => code);
  assert.deepEqual(codes, ['CONFIG_VALUE_INVALID', 'CONFIG_ROUTE_LOOP']);
});

test('a number may come from the environment', () => {
  const text = `${smallText}service: { http: { port: "\${PORT}" } }\n`;
  assert.equal(parseConfig(text, context).http.port, 9999);
});

test('a literal reference is written with two dollar signs', () => {
  const text = smallText.replace('current: v1', () => "current: '$${PORT}'");
  assert.equal(parseConfig(text, context).settings.keys.current, '${PORT}');
});

test('a route may pass unclassified leaves, with a warning', () => {
  const { settings, warnings } = parseConfig(
    `${smallText}    rules: { unclassified: pass, tags: { PII: { technique: keep } } }\n`,
    context,
  );
  const [route] = settings.routes;
  assert.equal(route?.rules.unclassified, 'pass');
  assert.equal(route.rules.route.tags.get('PII')?.technique, 'keep');
  assert.equal(route.rules.global.tags.get('PII')?.technique, 'suppress');
  assert.deepEqual(
    warnings.map(({ path }) => path),
    ['routes[0].rules.unclassified'],
  );
});

test('the rules of one route are read without the secrets that other parts name', () => {
  const nothing = { ...context, readText: () => null };
  const { rules, currentKey } = parseRulesOf(exampleText, nothing, null);
  assert.equal(rules.global.tags.get('EMAIL')?.technique, 'pseudonymize');
  assert.deepEqual(
    rules.global.fields.map(({ pattern }) => pattern),
    ['address.zip'],
  );
  assert.equal(currentKey, '2026-11');
  assert.throws(() => parseRulesOf(exampleText, nothing, 'nowhere'), {
    code: 'CONFIG_REFERENCE_UNKNOWN',
  });
});

test('a tag whose technique is not available yet has no rule, so that its schemas are refused', () => {
  const { rules } = parseRulesOf(
    'rules: { tags: { A: { technique: noise, scale: 3 }, B: { technique: keep } } }',
    context,
    null,
  );
  assert.deepEqual([...rules.global.tags.keys()], ['B']);
});
