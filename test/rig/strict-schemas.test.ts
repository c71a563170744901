import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openApiSchemas, resourceSchemas } from './strict-schemas.ts';

const group = (kind: string) => [{ group: 'networking.k8s.io', version: 'v1', kind }];

describe('strict schemas', () => {
  it('close every object that lists its fields, by the file names that kubeconform asks for', () => {
    const files = openApiSchemas({
      definitions: {
        'io.k8s.Policy': {
          'x-kubernetes-group-version-kind': group('NetworkPolicy'),
          properties: { spec: { $ref: '#/definitions/io.k8s.Spec' } },
        },
        'io.k8s.Spec': {
          properties: { labels: { type: 'object', additionalProperties: { type: 'string' } } },
        },
      },
    });
    assert.deepEqual(files.get('networkpolicy-networking-v1.json'), {
      $ref: '_definitions.json#/definitions/io.k8s.Policy',
    });
    assert.deepEqual(files.get('_definitions.json'), {
      definitions: {
        'io.k8s.Policy': {
          properties: { spec: { $ref: '_definitions.json#/definitions/io.k8s.Spec' } },
          additionalProperties: false,
        },
        'io.k8s.Spec': {
          properties: { labels: { type: 'object', additionalProperties: { type: 'string' } } },
          additionalProperties: false,
        },
      },
    });
  });

  it('of custom resources leave open what the API server leaves open', () => {
    const files = resourceSchemas({
      spec: {
        group: 'cilium.io',
        names: { kind: 'CiliumNetworkPolicy' },
        versions: [
          {
            name: 'v2',
            schema: {
              openAPIV3Schema: {
                properties: {
                  free: { properties: {}, 'x-kubernetes-preserve-unknown-fields': true },
                  list: { items: { properties: { a: {} } } },
                },
              },
            },
          },
        ],
      },
    });
    assert.deepEqual(files.get('ciliumnetworkpolicy-cilium-v2.json'), {
      properties: {
        free: { properties: {} },
        list: { items: { properties: { a: {} }, additionalProperties: false } },
      },
      additionalProperties: false,
    });
  });
});
