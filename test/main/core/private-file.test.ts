import type * as Fs from 'node:fs';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { writePrivateFile } from '#main/core/private-file.ts';
import { saveSettings } from '#main/core/settings.ts';
import { DEFAULT_SETTINGS } from '#protocol/contract/state.ts';
import { temporaryHome } from '../temporary-home.ts';

/** What the system was asked to do, in order; and where the power is cut, as an error that nothing catches up with. */
const disk = vi.hoisted(() => ({ steps: [] as string[], cutAt: '' }));
vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof Fs>();
  const opened = new Map<number, string>();
  const step = (name: string): void => {
    disk.steps.push(name);
    if (name === disk.cutAt) throw new Error('The power is cut');
  };
  return {
    ...fs,
    openSync: (...args: Parameters<typeof fs.openSync>) => {
      const file = fs.openSync(...args);
      opened.set(file, args[1] === 'wx' ? 'file' : 'folder');
      return file;
    },
    writeFileSync: (...args: Parameters<typeof fs.writeFileSync>) => {
      if (typeof args[0] === 'number') step('write');
      fs.writeFileSync(...args);
    },
    fsyncSync: (file: number) => {
      step(`flush the ${opened.get(file)}`);
      fs.fsyncSync(file);
    },
    renameSync: (...args: Parameters<typeof fs.renameSync>) => {
      step('rename');
      fs.renameSync(...args);
    },
  };
});
beforeEach(() => Object.assign(disk, { steps: [], cutAt: '' }));

test('has a file’s text on the disk before its name, and the name before anybody is told', () => {
  saveSettings(temporaryHome(), DEFAULT_SETTINGS);
  expect(disk.steps).toEqual(['write', 'flush the file', 'rename', 'flush the folder']);
});

test.each(['write', 'flush the file', 'rename'])('has the old text whole when it fails at: %s', (cutAt) => {
  const home = temporaryHome();
  const path = join(home, 'settings.json');
  writePrivateFile(path, 'old');
  disk.cutAt = cutAt;
  expect(() => writePrivateFile(path, 'new')).toThrow('The power is cut');
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(home)).toEqual(['settings.json']);
});
