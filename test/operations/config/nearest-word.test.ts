import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestWord } from '../../../src/operations/config/nearest-word.ts';

const known = ['bootstrapServers', 'clientId', 'tls', 'sasl'];

for (const [unknown, expected] of [
  ['bootstrapServer', 'bootstrapServers'],
  ['bootstrapservers', 'bootstrapServers'],
  ['clientID', 'clientId'],
  ['sasl2', 'sasl'],
  ['quarantine', null],
  ['', null],
] as const)
  test(`"${unknown}" most likely means ${expected ?? 'nothing known'}`, () => {
    assert.equal(nearestWord(unknown, known), expected);
  });
