import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe } from '../../../src/operations/config/describe.ts';
import { parseConfig } from '../../../src/operations/config/parse.ts';
import { context, exampleText, problemsOf } from './example.ts';

test('a description shows settings but no secret', () => {
  const { settings } = parseConfig(exampleText, context);
  const text = JSON.stringify(describe(settings));
  assert.doesNotMatch(text, /canary/);
  assert.match(text, /"username":"lethe"/);
  assert.match(text, /raw-kafka-0\.kafka:9093/);
  assert.match(text, /"traceparent":\{"technique":"keep"\}/);
});

test('basic authentication and token files are described without their secret', () => {
  const text = exampleText
    .replace(/auth: .*/, 'auth: { username: me, password: canary-password }')
    .replace(/\{ mechanism: SCRAM.*\}/, '{ mechanism: OAUTHBEARER, tokenFile: /t }');
  const shown = JSON.stringify(describe(parseConfig(text, context).settings));
  assert.doesNotMatch(shown, /canary/);
  assert.match(shown, /"tokenFile":"\/t"/);
});

test('no problem quotes a value of the file, of a secret or of the environment', () => {
  const text = exampleText
    .replace('port: 8080', "port: '${SECRET}'")
    .replace("bearer: '${file:/etc/lethe/registry/token}'", 'bearer: [canary-in-a-list]')
    .replace('depth: 64', 'depth: canary-depth')
    .replace('20ms', 'canary-age')
    .replace('technique: suppress', 'technique: canary-technique')
    .replace('mode: brokers', 'mode: canary-mode')
    .replace('onRefusal: quarantine', 'onRefusal: canary-refusal');
  const problems = problemsOf(text);
  assert.ok(problems.length >= 6, String(problems.length));
  assert.doesNotMatch(JSON.stringify(problems), /canary/);
});

test('a syntax error does not quote the line that it is on', () => {
  const problems = problemsOf('password: "canary-word\n  x: [');
  assert.doesNotMatch(JSON.stringify(problems), /canary/);
});
