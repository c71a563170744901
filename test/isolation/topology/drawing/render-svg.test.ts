import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flowMap, type FlowMap } from '../../../../src/isolation/topology/flow-map.ts';
import { renderSvg } from '../../../../src/isolation/topology/drawing/render-svg.ts';
import { layOut } from '../../../../src/isolation/topology/drawing/svg-layout.ts';
import { client, declare, snapshotOf } from '../cluster-fixture.ts';

const clients = [
  client('crm', { produces: ['raw.orders'] }),
  client('lake', { consumes: ['public.orders'], groups: ['lake'] }),
];
const map = (): FlowMap => flowMap(declare({ clients }), snapshotOf());
const drawn = (of: FlowMap): string => [...renderSvg(of)].join('');

describe('the picture of a flow map', () => {
  it('says in words what colours say', () => {
    const svg = drawn(map());
    assert.match(svg, /role="img" aria-labelledby="title summary"/);
    assert.match(svg, /1 of 3 brokers hold raw topics/);
    assert.match(svg, /broker main\/11 — raw/);
    assert.match(svg, /broker main\/12 — open/);
  });

  it('draws each box and line once, and what brokers do among themselves in one sentence', () => {
    const svg = drawn(map());
    assert.equal([...svg.matchAll(/<title>client crm &#62; broker main\/11\n/g)].length, 1);
    assert.equal([...svg.matchAll(/<title>broker/g)].length, 3);
    assert.match(svg, /among themselves: TCP 9093/);
  });

  it('lets nothing in a name end its element', () => {
    const odd = {
      ...map(),
      parties: map().parties.map((party) => ({ ...party })),
      mode: 'brokers"><script>' as FlowMap['mode'],
    };
    const svg = drawn(odd);
    assert.doesNotMatch(svg, /<script/);
    assert.match(svg, /brokers&#34;&#62;&#60;script/);
  });

  it('has no byte that depends on the order of its lists', () => {
    const turned = { ...map(), parties: map().parties.toReversed() };
    assert.equal(drawn(turned), drawn(map()));
  });

  it('puts no box on another, and lines that would pass behind boxes below all of them', () => {
    const { boxes, lines, height } = layOut(map());
    for (const [at, a] of boxes.entries())
      for (const b of boxes.slice(at + 1))
        assert.ok(
          a.x + a.width <= b.x ||
            b.x + b.width <= a.x ||
            a.y + a.height <= b.y ||
            b.y + b.height <= a.y,
          `${a.party.id} and ${b.party.id}`,
        );
    const bottom = Math.max(...boxes.map((box) => box.y + box.height));
    const lanes = lines.flatMap(({ lane }) => (lane === null ? [] : [lane]));
    assert.equal(new Set(lanes).size, lanes.length);
    assert.ok(lanes.length > 0);
    assert.ok(lanes.every((lane) => lane > bottom && lane < height));
  });

  it('gives each end of a line a place of its own', () => {
    const { lines } = layOut(map());
    const ends = lines.flatMap(({ start, end }) => [start, end]).map(({ x, y }) => `${x} ${y}`);
    assert.equal(new Set(ends).size, ends.length);
  });
});
