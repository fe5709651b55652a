import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');
export const outputFolder = join(root, 'dist');
/** Inside dist/: the fingerprint of what it was built from. */
export const fingerprintFile = '.built-from';

const inputs = [
  'src-protocol',
  'src-worker',
  'src-network',
  'src-main',
  'src-renderer',
  'assets',
  'scripts/build',
  'scripts/build.ts',
  'package.json',
  'package-lock.json',
];

/** True when dist/ was not built from the files that are here now. */
export function isStale(): boolean {
  const file = join(outputFolder, fingerprintFile);
  return !existsSync(file) || readFileSync(file, 'utf8') !== currentFingerprint();
}

/** Changes with every file that is added, removed or written. */
export function currentFingerprint(): string {
  return fingerprint(inputs.map((input) => join(root, input)));
}

/** A hash over names, sizes and times of change, not over contents: it must cost milliseconds at every start. */
export function fingerprint(paths: ReadonlyArray<string>): string {
  const hash = createHash('sha256');
  for (const path of paths.flatMap(filesUnder)) {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${path}\n${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

function filesUnder(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
