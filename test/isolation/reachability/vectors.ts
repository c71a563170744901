import { join } from 'node:path';

/** Where the outside judges' data lies: beside the repository, or where `LETHE_VECTORS` says. */
export const vectors =
  process.env['LETHE_VECTORS'] ?? join(import.meta.dirname, '../../../../shared/vectors');
