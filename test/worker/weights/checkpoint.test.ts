import { copyFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '#worker/weights/checkpoint.ts';
import { fixture, safetensorsBytes, temporaryFolder } from './files.ts';

const INDEX = 'model.safetensors.index.json';
const one = { dtype: 'U8', shape: [1], data_offsets: [0, 1] };

/** A folder with an index and files of one-byte tensors. */
function sharded(weightMap: unknown, files: Readonly<Record<string, readonly string[]>> = {}): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'config.json'), '{}');
  writeFileSync(join(folder, INDEX), JSON.stringify({ metadata: { total_size: 2 }, weight_map: weightMap }));
  for (const [file, names] of Object.entries(files)) {
    const header = Object.fromEntries(names.map((name, at) => [name, { ...one, data_offsets: [at, at + 1] }]));
    writeFileSync(join(folder, file), safetensorsBytes(header, names.length));
  }
  return folder;
}

describe('a checkpoint is opened', () => {
  test.each([
    ['from its file', 'untied/model.safetensors', 12],
    ['from its folder', 'untied', 12],
    ['from a folder with an index', 'sharded', 21],
    ['from its index', `sharded/${INDEX}`, 21],
  ])('%s', async (_, name, count) => {
    const source = await openCheckpoint(fixture(name));
    expect(source.tensors.size).toBe(count);
    expect(await source.read('model.norm.weight')).toHaveLength(8);
    await expect(source.read('nobody')).rejects.toThrow(/no tensor nobody$/);
    await source.close();
  });

  test('from one whole file where an older index lies beside it, as transformers does', async () => {
    const folder = temporaryFolder();
    for (const file of readdirSync(fixture('sharded')))
      copyFileSync(join(fixture('sharded'), file), join(folder, file));
    copyFileSync(fixture('untied/model.safetensors'), join(folder, 'model.safetensors'));
    const source = await openCheckpoint(folder);
    expect(source.tensors.size).toBe(12);
    await source.close();
  });
});

describe('a checkpoint is refused', () => {
  const a = 'model-a.safetensors';

  test.each([
    ['that is empty', () => temporaryFolder(), /holds neither model.safetensors nor model.safetensors.index.json$/],
    ['whose index has no map', () => sharded(undefined), /has no weight_map$/],
    ['whose map is a number', () => sharded(7), /has no weight_map$/],
    ['whose file is missing', () => sharded({ x: a }), /index.json names model-a.safetensors, which is missing$/],
    [
      'whose tensor is missing',
      () => sharded({ x: a }, { [a]: ['y'] }),
      /tensor x is in model-a.safetensors, but it is not$/,
    ],
    [
      'whose tensor is in two files',
      () => sharded({ x: a, y: 'b.safetensors' }, { [a]: ['x'], 'b.safetensors': ['x', 'y'] }),
      /Tensor x is in b.safetensors and in another file/,
    ],
    [
      'of a thousand files',
      () => sharded(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, `f${i}.safetensors`]))),
      /names 1000 files, more than 512/,
    ],
  ])('%s', async (_, folder, message) => {
    await expect(openCheckpoint(folder())).rejects.toThrow(message);
  });

  test.each([
    '../x.safetensors',
    '/etc/x.safetensors',
    'a/b.safetensors',
    'a\\b.safetensors',
    'C:x.safetensors',
    '.x.safetensors',
    'x.bin',
    '',
    7,
  ])('that leads to %j', async (file) => {
    await expect(openCheckpoint(sharded({ x: file }))).rejects.toThrow(
      /says that x is in .*, which is no name of a safetensors file beside it$/,
    );
  });

  test.each(['model.safetensors', INDEX])('that has %s but no configuration', async (file) => {
    const folder = temporaryFolder();
    const from = file === INDEX ? 'sharded' : 'untied';
    for (const name of readdirSync(fixture(from))) copyFileSync(join(fixture(from), name), join(folder, name));
    rmSync(join(folder, 'config.json'));
    await expect(openCheckpoint(folder)).rejects.toThrow(
      `${folder} has no config.json, so it is no whole checkpoint; was its saving cut short?`,
    );
  });

  test('whose index is no JSON, or too long', async () => {
    const folder = sharded({});
    writeFileSync(join(folder, INDEX), '{');
    await expect(openCheckpoint(folder)).rejects.toThrow(/index.json is not JSON$/);
    writeFileSync(join(folder, INDEX), ' '.repeat(4 * 1024 * 1024 + 1));
    await expect(openCheckpoint(folder)).rejects.toThrow(/index.json has 4194305 bytes, more than 4194304$/);
  });
});
