// `npm test` on a bare checkout: everything that must hold before a change goes in.
import { handOver } from './bootstrap.mjs';

process.exitCode = await handOver('scripts/gate/main.ts', process.argv.slice(2));
