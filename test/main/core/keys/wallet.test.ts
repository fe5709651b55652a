import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWallet } from '#main/core/keys/wallet.ts';
import { errorMessage } from '#protocol/errors.ts';
import { temporaryHome } from '../../temporary-home.ts';

const path = (home: string, name: 'hotkey' | 'coldkey'): string => join(home, 'wallet', `${name}.json`);

const failure = (work: () => unknown): { code: unknown; message: string; cause: unknown } => {
  try {
    work();
  } catch (error) {
    return { code: (error as { code?: unknown }).code, message: errorMessage(error), cause: (error as Error).cause };
  }
  throw new Error('It did not fail');
};

test('creates two keys on the first run, readable by the owner alone, and finds them again', () => {
  const home = temporaryHome();
  const first = openWallet(home);
  expect(first.hotkey.pair.address).not.toBe(first.coldkey.pair.address);
  expect(openWallet(home)).toEqual(first);
  for (const name of ['hotkey', 'coldkey'] as const) expect(statSync(path(home, name)).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, 'wallet')).mode & 0o777).toBe(0o700);
});

test('gives two homes different keys', () => {
  expect(openWallet(temporaryHome()).hotkey.seedHex).not.toBe(openWallet(temporaryHome()).hotkey.seedHex);
});

test('goes on where a first run was cut short after the coldkey', () => {
  const home = temporaryHome();
  const { coldkey } = openWallet(home);
  rmSync(path(home, 'hotkey'));
  expect(openWallet(home).coldkey).toEqual(coldkey);
});

test('does not make a new coldkey beside an old hotkey', () => {
  const home = temporaryHome();
  openWallet(home);
  rmSync(path(home, 'coldkey'));
  expect(failure(() => openWallet(home))).toMatchObject({
    code: 'SETTINGS',
    message: expect.stringContaining(path(home, 'coldkey')) as unknown,
  });
});

const flipDigit = (text: string): string =>
  text.replace(/"seedHex": "(.)/, (_, digit: string) => `"seedHex": "${digit === '0' ? '1' : '0'}`);

test.each([
  ['is cut short', (text: string) => text.slice(0, 60)],
  ['is empty', () => ''],
  ['has a flipped digit in its seed', flipDigit],
  ['is of another version', (text: string) => text.replace('"version": 1', '"version": 2')],
  ['lacks the key', (text: string) => text.replace('"coldkey"', '"other"')],
])('names a file that %s, leaves it untouched, and does not leak the seed', (_, damage) => {
  const home = temporaryHome();
  const { seedHex } = openWallet(home).coldkey;
  const damaged = damage(readFileSync(path(home, 'coldkey'), 'utf8'));
  writeFileSync(path(home, 'coldkey'), damaged);
  const { code, message, cause } = failure(() => openWallet(home));
  expect(code).toBe('SETTINGS');
  expect(message).toContain(path(home, 'coldkey'));
  expect(`${message} ${String(cause)}`).not.toContain(seedHex.slice(8, 24));
  expect(readFileSync(path(home, 'coldkey'), 'utf8')).toBe(damaged);
});
