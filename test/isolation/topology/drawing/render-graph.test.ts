import assert from 'node:assert/strict';
import { it } from 'node:test';
import { flowMap } from '../../../../src/isolation/topology/flow-map.ts';
import {
  renderDot,
  renderMermaid,
} from '../../../../src/isolation/topology/drawing/render-graph.ts';
import { client, declare, snapshotOf } from '../cluster-fixture.ts';

const hostile = 'a"] --> b[\\"; end';
const map = flowMap(
  declare({ clients: [client(hostile, { consumes: ['public.orders'] })] }),
  snapshotOf(),
);

it('Mermaid has a node for each party and an edge for each flow', () => {
  const text = [...renderMermaid(map)].join('');
  assert.match(text, /^flowchart LR\n {2}n0\["anonymizer"\]\n/);
  assert.match(text, /\n {2}n1\["broker main\/11 \(raw\)"\]:::raw\n/);
  assert.match(text, /\n {2}n0 -->\|"TCP 9093"\| n1\n/);
  assert.equal(text.match(/-->/g)?.length, map.flows.length);
  assert.equal(text.match(/^ {2}n\d+\["[^"]*"\]/gm)?.length, map.parties.length);
});

it('DOT has a node for each party and an edge for each flow', () => {
  const text = [...renderDot(map)].join('');
  assert.match(text, /^digraph flows \{\n/);
  assert.match(text, /\n {2}n1 \[label="broker main\/11 \(raw\)", style=filled, fillcolor="#/);
  assert.equal(text.match(/^ {2}n\d+ -> n\d+ \[label="/gm)?.length, map.flows.length);
  assert.ok(text.includes('label="client a\\"] --> b[\\\\\\"; end"'));
});

it('names that mean something to Mermaid stay text', () => {
  const text = [...renderMermaid(map)].join('');
  assert.ok(!text.includes(hostile));
  assert.match(text, /\["client a#34;#93; --#62; b#91;#92;#34;#59; end"\]/);
});
