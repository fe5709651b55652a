import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type * as fileSystem from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bytesOf } from '#protocol/bytes.ts';
import { initialWeights } from '#protocol/initial-weights.ts';
import type { ModelConfig } from '#protocol/model-shape.ts';
import { readModelConfig } from '#worker/model/hugging-face-config.ts';
import { loadWeights } from '#worker/weights/load-weights.ts';
import { saveCheckpoint } from '#worker/weights/save-checkpoint.ts';
import { smallRun } from '../../support/small-run.ts';
import { fixture, temporaryFolder } from './files.ts';

/** Every change of the disk is a step. From `failFrom` on, `failures` of them fail: all of them when the process has ended. */
const disk = vi.hoisted(() => ({ failFrom: Infinity, failures: Infinity, steps: [] as string[] }));

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof fileSystem>();
  const step = (what: string): void => {
    const at = disk.steps.push(what) - 1;
    if (at >= disk.failFrom && at < disk.failFrom + disk.failures) throw new Error(`the disk failed at ${what}`);
  };
  const watched = (name: string, handle: FileHandle): FileHandle => {
    const writeFile = handle.writeFile.bind(handle);
    return Object.assign(handle, {
      writeFile: async (...args: Parameters<FileHandle['writeFile']>) => {
        step(`write ${name}`);
        await writeFile(...args);
      },
      // Nobody pulls the plug here: that it was asked for is enough.
      sync: () => {
        step(`sync ${name}`);
        return Promise.resolve();
      },
    });
  };
  return {
    ...real,
    mkdir: async (path: string, options?: { recursive: true }) => {
      step(`mkdir ${basename(path)}`);
      return real.mkdir(path, options);
    },
    rm: async (path: string, options?: object) => {
      step(`rm ${basename(path)}`);
      await real.rm(path, options);
    },
    rename: async (from: string, to: string) => {
      step(`rename ${basename(to)}`);
      await real.rename(from, to);
    },
    open: async (path: string, flags: string | number) => {
      if (flags === 'w') step(`create ${basename(path)}`);
      return watched(basename(path), await real.open(path, flags));
    },
  };
});

afterEach(() => Object.assign(disk, { failFrom: Infinity, failures: Infinity, steps: [] }));

const config = smallRun.model;
const weights = initialWeights(config, 3);
const NEW_TOKENIZER = '{"new":true}';
const OLD_TOKENIZER = '{"old":true}';

function configIn(folder: string): ModelConfig {
  const result = readModelConfig(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')));
  if (result.kind === 'invalid') throw new Error(result.problems.join('\n'));
  return result.config;
}

/** Folders to save to, each with what its weights were. */
const olds = {
  'an empty folder': () => Promise.resolve({ folder: temporaryFolder(), old: null }),
  'a checkpoint of one file': async () => {
    const folder = temporaryFolder();
    const model = { ...config, tiedHead: true };
    const old = initialWeights(model, 4);
    await saveCheckpoint(folder, model, old, { weightType: 'bfloat16' });
    writeFileSync(join(folder, 'tokenizer.json'), OLD_TOKENIZER);
    return { folder, old: await loadWeights(folder, model) };
  },
  'a checkpoint of several files': async () => {
    const folder = temporaryFolder();
    for (const name of readdirSync(fixture('sharded')))
      copyFileSync(join(fixture('sharded'), name), join(folder, name));
    writeFileSync(join(folder, 'tokenizer.json'), OLD_TOKENIZER);
    return { folder, old: await loadWeights(folder, configIn(folder)) };
  },
};

function tokenizer(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'tokenizer.json'), NEW_TOKENIZER);
  return folder;
}

/** Which whole checkpoint the folder holds, judged by what our loader reads from it. Half of one fails the test. */
async function held(folder: string, old: readonly Float32Array[] | null): Promise<'old' | 'new' | 'refused'> {
  if (!existsSync(join(folder, 'config.json'))) {
    await expect(loadWeights(folder, config)).rejects.toThrow(/has no config.json, so it is no whole|holds neither/);
    return 'refused';
  }
  const found = await loadWeights(folder, configIn(folder));
  const isNew = readFileSync(join(folder, 'tokenizer.json'), 'utf8') === NEW_TOKENIZER;
  const whole = isNew ? weights : (old ?? []);
  expect(found).toHaveLength(whole.length);
  for (const [index, values] of found.entries()) {
    expect(Buffer.compare(bytesOf(values), bytesOf(whole[index]!))).toBe(0);
  }
  return isNew ? 'new' : 'old';
}

const options = () => ({ weightType: 'float32', tokenizerFrom: tokenizer() }) as const;
const WHOLE = ['config.json', 'model.safetensors', 'tokenizer.json'];

describe.each(Object.entries(olds))('saving over %s', (_, prepare) => {
  test('replaces all of it, leaves nothing else, and touches no other files', async () => {
    const { folder } = await prepare();
    writeFileSync(join(folder, 'README.md'), 'mine');
    await saveCheckpoint(folder, config, weights, options());
    expect(await held(folder, null)).toBe('new');
    expect(readdirSync(folder).toSorted()).toEqual(['README.md', ...WHOLE]);
  });

  test.each([
    ['the process ends', Infinity],
    ['one step fails', 1],
  ])('leaves the old checkpoint, the new one or one that is refused, wherever %s', async (_name, failures) => {
    const seen = new Set<string>();
    for (let failFrom = 0; ; failFrom++) {
      const { folder, old } = await prepare();
      Object.assign(disk, { failFrom, failures, steps: [] });
      const error: unknown = await saveCheckpoint(folder, config, weights, options()).catch(
        (thrown: unknown) => thrown,
      );
      const failed = disk.steps[failFrom];
      Object.assign(disk, { failFrom: Infinity, steps: [] });
      if (failed === undefined) {
        expect(error).toBeUndefined();
        break;
      }
      expect(error).toBeInstanceOf(Error);
      seen.add(await held(folder, old));
      if (failures === 1 && failed !== 'rm .millrace-save') expect(readdirSync(folder)).not.toContain('.millrace-save');
      // What a cut save leaves is gone after the next.
      await saveCheckpoint(folder, config, weights, options());
      expect(await held(folder, null)).toBe('new');
      expect(readdirSync(folder).toSorted()).toEqual(WHOLE);
    }
    expect(seen).toEqual(new Set(prepare !== olds['an empty folder'] ? ['old', 'refused', 'new'] : ['refused', 'new']));
  });
});

test('each step is on disk before the next begins', async () => {
  const { folder } = await olds['a checkpoint of several files']();
  disk.steps = [];
  await saveCheckpoint(folder, config, weights, options());
  const here = basename(folder);
  const placing = disk.steps.slice(disk.steps.indexOf('rm config.json'));
  expect(placing.filter((what) => !/ (model|tokenizer)/.test(what))).toEqual([
    ...['rm config.json', `sync ${here}`, `sync ${here}`],
    ...['rename config.json', `sync ${here}`, 'rm .millrace-save'],
  ]);
  const moved = placing.slice(placing.indexOf(`sync ${here}`) + 1, placing.lastIndexOf('rename config.json') - 1);
  expect(moved).toHaveLength(8); // four shards, the index and the tokenizer go, two files come
  for (const name of WHOLE) {
    expect(disk.steps.indexOf(`sync ${name}.new`)).toBeLessThan(disk.steps.indexOf('rm config.json'));
    expect(disk.steps).toContain(`sync ${name}.new`);
  }
});

test('a tokenizer that is replaced goes as a whole; without a new one it stays', async () => {
  const folder = temporaryFolder();
  for (const name of ['tokenizer.json', 'special_tokens_map.json']) writeFileSync(join(folder, name), OLD_TOKENIZER);
  await saveCheckpoint(folder, config, weights, { weightType: 'float32' });
  expect(readdirSync(folder)).toContain('special_tokens_map.json');
  await saveCheckpoint(folder, config, weights, options());
  expect(readdirSync(folder).toSorted()).toEqual(WHOLE);
});

test('new folders on the way are on disk too', async () => {
  const folder = temporaryFolder();
  await saveCheckpoint(join(folder, 'a', 'b'), config, weights, { weightType: 'float32' });
  expect(disk.steps.slice(0, 4)).toEqual(['mkdir b', 'sync a', `sync ${basename(folder)}`, 'rm .millrace-save']);
});
