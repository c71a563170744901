/** One measurement in a process of its own, so that its memory is its own: `node network-child.ts FOLDER LIST`. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { renderConnections } from '../src/isolation/reachability/connections.ts';
import { Reachability } from '../src/isolation/reachability/reachability.ts';
import { readManifests } from '../src/isolation/topology/manifest-files.ts';

const [folder, list] = process.argv.slice(2);
if (folder === undefined || list === undefined) throw new Error('name a folder and a list');
const started = performance.now();
const manifests = await readManifests([folder]);
const read = performance.now();
const reachability = new Reachability(manifests);
const judged = performance.now();
const hash = createHash('sha256');
const file = createWriteStream(list);
let connections = 0;
for (const piece of renderConnections(reachability)) {
  hash.update(piece);
  connections += piece.split('\n').length - 1;
  if (!file.write(piece)) await once(file, 'drain');
}
file.end();
await once(file, 'finish');
const ended = performance.now();
console.log(
  JSON.stringify({
    workloads: manifests.workloads.length,
    policies: manifests.policies.length,
    complaints: manifests.complaints.length,
    classes: reachability.universe.classes.length,
    connections,
    readSeconds: (read - started) / 1_000,
    judgeSeconds: (judged - read) / 1_000,
    listSeconds: (ended - judged) / 1_000,
    totalSeconds: (ended - started) / 1_000,
    peakMegabytes: process.resourceUsage().maxRSS / 1_024,
    sha256: hash.digest('hex'),
  }),
);
