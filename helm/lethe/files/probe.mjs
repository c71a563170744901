// The body of `helm test`: a pod without the anonymizer's identity tries to connect. Arguments: --denied HOST:PORT …, --reached HOST:PORT …
//
// A refusal proves something only where the network works, so names must resolve and every address of --reached must answer.
// A policy may take a moment until it is in force for a new pod: an attempt that gets through is repeated, and only the last one counts.
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const list = { type: 'string', multiple: true, default: [] };
const { values } = parseArgs({
  options: {
    denied: list,
    reached: list,
    /** Milliseconds until an attempt counts as refused. */
    timeout: { type: 'string', default: '3000' },
    /** Attempts until a connection counts as possible. */
    attempts: { type: 'string', default: '5' },
  },
});
const timeout = Number(values.timeout);
const attempts = Number(values.attempts);

/** Every address of the host with its port; an error when the name is unknown. */
async function addresses(target) {
  const [, host = '', port = ''] = /^\[?([^\]]*)\]?:(\d+)$/.exec(target) ?? [];
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => ({ address, port: Number(port) }));
}

/** `open` when something answers; otherwise why not. */
function attempt({ address, port }) {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout });
    const end = (outcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => end('open'));
    socket.once('timeout', () => end('timeout'));
    socket.once('error', ({ code }) => end(code));
  });
}

async function settled(place, wanted) {
  let outcome = '';
  for (let tried = 0; tried < attempts; tried += 1) {
    outcome = await attempt(place);
    if ((outcome === 'open') === wanted) return outcome;
    await sleep(1000);
  }
  return outcome;
}

let failed = values.denied.length === 0;
if (failed) console.log('not ok: nothing to try, see probe.denied');
for (const [wanted, targets] of [
  [true, values.reached],
  [false, values.denied],
])
  for (const target of targets) {
    let places;
    try {
      places = await addresses(target);
    } catch ({ code }) {
      console.log(`not ok: ${target} has no address (${code}), so nothing is proved`);
      failed = true;
      continue;
    }
    for (const place of places) {
      const outcome = await settled(place, wanted);
      const holds = (outcome === 'open') === wanted;
      failed ||= !holds;
      const says = wanted ? 'must be reached' : 'must not be reached';
      console.log(`${holds ? 'ok' : 'not ok'}: ${target} (${place.address}) ${says}: ${outcome}`);
    }
  }
process.exitCode = failed ? 1 : 0;
