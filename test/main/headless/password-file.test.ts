import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { givenHotkeyPassword, readPasswordFile } from '#main/headless/password-file.ts';
import { temporaryHome } from '../temporary-home.ts';

function passwordFile(text: string, mode = 0o600): string {
  const path = join(temporaryHome(), 'password');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test('reads the first line of a file that its owner alone may read', () => {
  expect(readPasswordFile(passwordFile('correct horse\nsecond line\n'))).toBe('correct horse');
  expect(readPasswordFile(passwordFile('Tr0ut & Öl 7!\r\n', 0o400))).toBe('Tr0ut & Öl 7!');
});

test.skipIf(process.platform === 'win32').each([0o640, 0o604, 0o644])(
  'refuses a file that others may read (%o)',
  (mode) => {
    expect(() => readPasswordFile(passwordFile('correct horse', mode))).toThrow('chmod 600');
  },
);

test('refuses an empty line, a long file, a folder and a missing file, and quotes none of it', () => {
  expect(() => readPasswordFile(passwordFile('\nsecret'))).toThrow(/^(?!.*secret).*empty first line/);
  expect(() => readPasswordFile(passwordFile('x'.repeat(5000)))).toThrow('at most 4096');
  const folder = join(temporaryHome(), 'folder');
  mkdirSync(folder, { mode: 0o700 });
  expect(() => readPasswordFile(folder)).toThrow('no password file');
  expect(() => readPasswordFile(join(folder, 'none'))).toThrow('cannot be read');
});

test('takes the file that was named, else systemd’s credential, else nothing', () => {
  const named = passwordFile('named');
  const folder = temporaryHome();
  const env = { CREDENTIALS_DIRECTORY: folder };
  expect(givenHotkeyPassword(undefined, {})).toBeNull();
  expect(givenHotkeyPassword(undefined, env)).toBeNull();
  // systemd lets a service in by an ACL, whose mask shows as the group's right to read.
  writeFileSync(join(folder, 'millrace-hotkey'), 'credential', { mode: 0o440 });
  expect(givenHotkeyPassword(undefined, env)).toBe('credential');
  expect(givenHotkeyPassword(named, env)).toBe('named');
});
