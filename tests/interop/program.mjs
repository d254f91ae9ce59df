// Calls the program under test. WELLSPRING is its path.

import {spawnSync} from 'node:child_process';

const {WELLSPRING} = process.env;
if (!WELLSPRING) throw new Error('WELLSPRING is not set: the path of the program');

/** Runs the program and returns its exit code and what it printed. */
export function wellspring(args, options = {}) {
  const {status, stdout, stderr, error} = spawnSync(WELLSPRING, args, {encoding: 'utf8', ...options});
  if (error !== undefined) throw error;
  return {status, stdout, stderr};
}
