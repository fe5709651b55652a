import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { initialWeights } from '#protocol/initial-weights.ts';
import { openTokenizer } from '#worker/tokenizer/open-tokenizer.ts';
import { openCheckpoint } from '#worker/weights/checkpoint.ts';
import { readRegularFile } from '#worker/weights/regular-file.ts';
import { openSafetensors } from '#worker/weights/safetensors-file.ts';
import { saveCheckpoint } from '#worker/weights/save-checkpoint.ts';
import { smallRun } from '../../support/small-run.ts';
import { folderWithPipe, temporaryFolder } from './files.ts';

const INDEX = 'model.safetensors.index.json';

test('a regular file is read whole, and refused when it is too long or missing', async () => {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, 'seven b');
  expect(Buffer.from(await readRegularFile(path, 7)).toString()).toBe('seven b');
  await expect(readRegularFile(path, 6)).rejects.toThrow(`${path} has 7 bytes, more than 6`);
  await expect(readRegularFile(`${path}-none`, 6)).rejects.toThrow(/ENOENT.*file-none/);
});

describe.skipIf(process.platform === 'win32')(
  'what is no regular file is refused by name, and nobody waits for it',
  () => {
    const refusal = (path: string): string => `${path} is not a regular file`;

    test('a pipe that claims to be weights', async () => {
      const folder = folderWithPipe('model.safetensors');
      const path = join(folder, 'model.safetensors');
      await expect(openSafetensors(path)).rejects.toThrow(refusal(path));
      await expect(openCheckpoint(path)).rejects.toThrow(refusal(path));
      writeFileSync(join(folder, 'config.json'), '{}');
      await expect(openCheckpoint(folder)).rejects.toThrow(refusal(path));
    });

    test('a pipe that claims to be an index', async () => {
      const folder = folderWithPipe(INDEX);
      writeFileSync(join(folder, 'config.json'), '{}');
      await expect(openCheckpoint(folder)).rejects.toThrow(refusal(join(folder, INDEX)));
    });

    test('a pipe among the files of an index', async () => {
      const folder = folderWithPipe('a.safetensors');
      writeFileSync(join(folder, 'config.json'), '{}');
      writeFileSync(join(folder, INDEX), JSON.stringify({ weight_map: { x: 'a.safetensors' } }));
      await expect(openCheckpoint(folder)).rejects.toThrow(refusal(join(folder, 'a.safetensors')));
    });

    test.each(['tokenizer.json', 'tokenizer_config.json'])('a pipe that claims to be %s', async (name) => {
      const folder = folderWithPipe(name);
      if (name !== 'tokenizer.json') writeFileSync(join(folder, 'tokenizer.json'), '{}');
      await expect(openTokenizer(folder)).rejects.toThrow(refusal(join(folder, name)));
    });

    test('a pipe among the tokenizer files that a checkpoint takes along', async () => {
      const folder = folderWithPipe('special_tokens_map.json');
      const options = { weightType: 'float32', tokenizerFrom: folder } as const;
      const saving = saveCheckpoint(temporaryFolder(), smallRun.model, initialWeights(smallRun.model, 3), options);
      await expect(saving).rejects.toThrow(refusal(join(folder, 'special_tokens_map.json')));
    });

    test('a device, a link to one, and a folder', async () => {
      const path = join(temporaryFolder(), 'model.safetensors');
      symlinkSync('/dev/zero', path);
      await expect(openSafetensors(path)).rejects.toThrow(refusal(path));
      await expect(readRegularFile('/dev/zero', 8)).rejects.toThrow(refusal('/dev/zero'));
      rmSync(path);
      mkdirSync(path);
      await expect(openSafetensors(path)).rejects.toThrow(refusal(path));
    });
  },
);
