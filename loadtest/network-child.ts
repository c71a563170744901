/** Where the time of a list of connections goes: `node network-child.ts FOLDER`. */
import { renderConnections } from '../src/isolation/reachability/connections.ts';
import { Reachability } from '../src/isolation/reachability/reachability.ts';
import { readManifests } from '../src/isolation/manifests/manifest-files.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name a folder');
const started = performance.now();
const manifests = await readManifests([folder]);
const read = performance.now();
const reachability = new Reachability(manifests);
const judged = performance.now();
let connections = 0;
for (const piece of renderConnections(reachability)) connections += piece.split('\n').length - 1;
const ended = performance.now();
console.log(
  JSON.stringify({
    connections,
    readSeconds: (read - started) / 1_000,
    judgeSeconds: (judged - read) / 1_000,
    listSeconds: (ended - judged) / 1_000,
  }),
);
