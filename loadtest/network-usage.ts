/** Preloaded into a process (`node --import`): its peak memory goes to the file that `LETHE_USAGE` names. */
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const file = process.env['LETHE_USAGE'];
  const megabytes = process.resourceUsage().maxRSS / 1_024;
  if (file !== undefined) writeFileSync(file, String(megabytes));
});
