// `npm run check`, the inner loop: format, lint, types, unit tests. Everything that needs no broker; aims at well under three minutes.
import { handOver } from './bootstrap.mjs';

process.exitCode = await handOver('scripts/gate/main.ts', ['--quick', ...process.argv.slice(2)]);
