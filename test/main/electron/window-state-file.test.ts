import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULT_WINDOW_STATE } from '#main/electron/window-state.ts';
import { windowStateFile } from '#main/electron/window-state-file.ts';
import { temporaryHome } from '../temporary-home.ts';

function setUp() {
  const home = temporaryHome();
  const failures: unknown[] = [];
  return {
    home,
    path: join(home, 'window.json'),
    failures,
    file: windowStateFile(home, (error) => failures.push(error)),
  };
}

test('gives back what it saved', () => {
  const { file, failures } = setUp();
  file.save(DEFAULT_WINDOW_STATE);
  expect(file.load()).toEqual(DEFAULT_WINDOW_STATE);
  expect(failures).toEqual([]);
});

test('a first start, without a file, is no failure', () => {
  const { file, failures } = setUp();
  expect(file.load()).toBeNull();
  expect(failures).toEqual([]);
});

test.each([
  ['damaged', '{"width":'],
  ['oversized', `"${'x'.repeat(5000)}"`],
])('a %s file is reported and counts as none', (_what, text) => {
  const { file, path, failures } = setUp();
  writeFileSync(path, text);
  expect(file.load()).toBeNull();
  expect(failures).toHaveLength(1);
});

test('writes only what has changed', () => {
  const { file, path } = setUp();
  file.save(DEFAULT_WINDOW_STATE);
  rmSync(path);
  file.save(DEFAULT_WINDOW_STATE);
  expect(() => readFileSync(path)).toThrow('ENOENT');
  file.save({ ...DEFAULT_WINDOW_STATE, maximized: true });
  expect(readFileSync(path, 'utf8')).toContain('"maximized":true');
});

test('a home folder that is gone is reported, not thrown', () => {
  const { file, home, failures } = setUp();
  rmSync(home, { recursive: true });
  file.save(DEFAULT_WINDOW_STATE);
  expect(failures).toHaveLength(1);
});
