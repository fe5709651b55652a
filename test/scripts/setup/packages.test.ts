import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isInstalled } from '../../../scripts/setup/packages.mjs';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-packages-'));
  mkdirSync(join(folder, 'node_modules'));
  const packages = {
    '': { name: 'wheel' },
    'node_modules/a': { integrity: 'sha512-a' },
    'node_modules/b': { integrity: 'sha512-b', optional: true },
  };
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function install(packages: Record<string, { integrity: string }>): void {
  writeFileSync(join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
}

describe('packages that were installed by hand', () => {
  test('are those of the lock file, optional ones or not', () => {
    install({ 'node_modules/a': { integrity: 'sha512-a' } });
    expect(isInstalled(folder)).toBe(true);
    install({ 'node_modules/a': { integrity: 'sha512-a' }, 'node_modules/b': { integrity: 'sha512-b' } });
    expect(isInstalled(folder)).toBe(true);
  });

  test('are not an unfinished, an incomplete or another install', () => {
    expect(isInstalled(folder)).toBe(false);
    install({ 'node_modules/b': { integrity: 'sha512-b' } });
    expect(isInstalled(folder)).toBe(false);
    install({ 'node_modules/a': { integrity: 'sha512-older' } });
    expect(isInstalled(folder)).toBe(false);
  });
});
