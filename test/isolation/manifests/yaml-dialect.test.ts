import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDocument } from 'yaml';
import { kubernetesYaml } from '../../../src/isolation/manifests/yaml-dialect.ts';

describe('YAML as Kubernetes reads it', () => {
  // The values are those that sigs.k8s.io/yaml v1.4.0 gives.
  for (const [text, value] of [
    ['y', true],
    ['Yes', true],
    ['on', true],
    ['n', false],
    ['off', false],
    ['NO', false],
    ['True', true],
    ['yEs', 'yEs'],
    ['~', null],
    ['0100', 64],
    ['0o100', 64],
    ['-0o1_0', -8],
    ['0899', 899],
    ['0x1F', 31],
    ['0b101', 5],
    ['8_080', 8080],
    ['+80', 80],
    ['1e3', 1000],
    ['80.0', 80],
    ['1:30', '1:30'],
    ['12:30:45', '12:30:45'],
    ['2001-12-14', '2001-12-14'],
    ['"y"', 'y'],
    ["'0100'", '0100'],
    ['!!str y', 'y'],
  ] as const)
    it(`takes ${text} as ${JSON.stringify(value)}`, () => {
      const document = parseDocument(`key: ${text}`, kubernetesYaml);
      assert.deepEqual(document.errors, []);
      assert.deepEqual(document.toJS(), { key: value });
    });

  it('merges maps', () => {
    const document = parseDocument('a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}', kubernetesYaml);
    assert.deepEqual(document.toJS(), { a: { x: 1, true: 2 }, b: { x: 1, true: 3 } });
  });
});
