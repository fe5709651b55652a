import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { examinePlace, placeFolder } from '#worker/export/place-folder.ts';
import { temporaryFolder } from './make-export.ts';

let folder: string;
let out: string;
beforeEach(() => {
  folder = temporaryFolder();
  out = join(folder, 'out');
});

/** A folder with these files, each with its own name in it. */
function fill(path: string, ...names: readonly string[]): string {
  mkdirSync(path);
  for (const name of names) writeFileSync(join(path, name), name);
  return path;
}
const place = (replace: boolean) =>
  placeFolder(fill(join(folder, 'stage'), 'run.cbor'), out, join(folder, 'aside'), replace);

it.each([
  ['nothing is', () => undefined],
  ['an empty folder is', () => fill(out)],
])('puts an export where %s', async (_, prepare) => {
  prepare();
  await place(false);
  expect(readdirSync(folder)).toEqual(['out']);
  expect(readFileSync(join(out, 'run.cbor'), 'utf8')).toBe('run.cbor');
});

it('replaces an earlier export, whole or not, only when it is told to', async () => {
  fill(out, 'config.json', 'provenance.json');
  fill(join(out, 'manifests'), '0000000001.cbor');
  await expect(examinePlace(out, false)).rejects.toMatchObject({ code: 'USAGE', message: /--force/ });
  await place(true);
  expect(readdirSync(folder)).toEqual(['out']);
  expect(readdirSync(out)).toEqual(['run.cbor']);
});

it.each<[string, () => void]>([
  ['a folder with other files', () => fill(out, 'config.json', 'thesis.tex')],
  [
    'an export with another file among its manifests',
    () => fill(join(fill(out, 'run.cbor'), 'manifests'), 'thesis.tex'),
  ],
  ['a file', () => writeFileSync(out, '')],
  ['a link', () => symlinkSync(fill(join(folder, 'elsewhere')), out)],
])('never replaces %s', async (_, prepare) => {
  prepare();
  const before = readdirSync(folder);
  await expect(place(true)).rejects.toMatchObject({ code: 'USAGE' });
  expect(readdirSync(folder).filter((name) => name !== 'stage')).toEqual(before);
});

it('leaves the earlier export when the new one cannot take its place', async () => {
  fill(out, 'run.cbor');
  await expect(placeFolder(join(folder, 'no-stage'), out, join(folder, 'aside'), true)).rejects.toMatchObject({
    code: 'ENOENT',
  });
  expect(readdirSync(folder)).toEqual(['out']);
});
