import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fingerprint } from '../../../scripts/build/stale.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-stale-'));
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'sub/a.ts'), 'a');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('stays the same while nothing is touched', () => {
  expect(fingerprint([folder])).toBe(fingerprint([folder]));
});

test.each<[string, () => void]>([
  ['a file is added', () => writeFileSync(join(folder, 'sub/b.ts'), 'b')],
  ['a file is removed', () => rmSync(join(folder, 'sub/a.ts'))],
  ['a file is renamed', () => renameSync(join(folder, 'sub/a.ts'), join(folder, 'sub/c.ts'))],
  ['a file grows', () => writeFileSync(join(folder, 'sub/a.ts'), 'aa')],
  ['a file goes back to an older version', () => utimesSync(join(folder, 'sub/a.ts'), 1, 1)],
])('changes when %s', (_, touch) => {
  const before = fingerprint([folder]);
  touch();
  expect(fingerprint([folder])).not.toBe(before);
});
