// `npm run demo:kubernetes` on a bare checkout: plain JavaScript for any Node from 20 on, which installs what is missing and hands over to the pinned Node.
import { handOver } from './bootstrap.mjs';

process.exitCode = await handOver('scripts/demo-kubernetes/main.ts', process.argv.slice(2));
