import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportKey } from '#main/core/btwallet/export-key.ts';
import { parseKeyJson } from '#main/core/btwallet/key-json.ts';
import { openKeyFile } from '#main/core/btwallet/open-key-file.ts';
import { listWallets } from '#main/core/btwallet/wallet-folder.ts';
import { temporaryHome } from '../../temporary-home.ts';
import { fileOf, fixture, knownKeys } from './fixture.ts';

const parsed = parseKeyJson(fileOf('plain'));
if (parsed.kind === 'public') throw new Error('The fixture has no secret');
const key = parsed;
const options = { derive: knownKeys };
const hotkey = { kind: 'hotkey', wallet: 'miner', hotkey: 'first' } as const;
const coldkey = { kind: 'coldkey', wallet: 'miner' } as const;
const { address, password } = fixture;

test('writes a plain hotkey and an encrypted coldkey where they are found again', async () => {
  const folder = join(temporaryHome(), 'wallets');
  expect(await exportKey(folder, hotkey, key, null)).toMatchObject({ kind: 'written' });
  expect(await exportKey(folder, coldkey, key, password, options)).toEqual({
    kind: 'written',
    path: join(folder, 'miner', 'coldkey'),
    publicPath: join(folder, 'miner', 'coldkeypub.txt'),
  });
  const { wallets, leftOut } = await listWallets(folder);
  expect(leftOut).toEqual([]);
  expect(wallets).toMatchObject([
    {
      name: 'miner',
      coldkey: { encryption: 'nacl', address },
      hotkeys: [{ name: 'first', encryption: 'none', address }],
    },
  ]);
  const file = readFileSync(join(folder, 'miner/coldkey'));
  expect(await openKeyFile(file, password, options)).toMatchObject({ kind: 'opened', key });
});

test.skipIf(process.platform === 'win32')('lets only the owner read what it writes', async () => {
  const folder = join(temporaryHome(), 'wallets');
  await exportKey(folder, hotkey, key, null);
  const modes = ['', 'miner', 'miner/hotkeys', 'miner/hotkeys/first', 'miner/hotkeys/firstpub.txt'].map(
    (path) => statSync(join(folder, path)).mode & 0o777,
  );
  expect(modes).toEqual([0o700, 0o700, 0o700, 0o600, 0o600]);
});

test.each(['first', 'firstpub.txt'])(
  'overwrites nothing: neither when %s is there, nor when it comes meanwhile',
  async (name) => {
    const folder = temporaryHome();
    const path = join(folder, 'miner/hotkeys', name);
    mkdirSync(join(folder, 'miner/hotkeys'), { recursive: true });
    const derive: typeof knownKeys = (request) => {
      writeFileSync(path, 'mine');
      return knownKeys(request);
    };
    for (let i = 0; i < 2; i += 1) {
      expect(await exportKey(folder, hotkey, key, password, { derive })).toEqual({ kind: 'exists', path });
      expect(readFileSync(path, 'utf8')).toBe('mine');
      expect(readdirSync(join(folder, 'miner/hotkeys'))).toEqual([name]);
    }
  },
);

test('writes no coldkey as plain text, and takes no password of spaces', async () => {
  const folder = temporaryHome();
  for (const [place, word] of [
    [coldkey, null],
    [coldkey, ''],
    [hotkey, ' '],
  ] as const) {
    expect(await exportKey(folder, place, key, word, options)).toEqual({ kind: 'password-needed' });
  }
  expect(readdirSync(folder)).toEqual([]);
});

test.each(['', '..', '.hidden', 'a/b', 'a\\b', 'firstpub.txt', 'a b', 'x'.repeat(65)])(
  'refuses the name %j',
  async (name) => {
    const folder = temporaryHome();
    expect(await exportKey(folder, { ...hotkey, hotkey: name }, key, null)).toEqual({ kind: 'bad-name', name });
    expect(await exportKey(folder, { ...hotkey, wallet: name }, key, null)).toEqual({ kind: 'bad-name', name });
  },
);

test.skipIf(process.platform === 'win32')('writes nothing behind a link that leads out of the folder', async () => {
  const [folder, outside] = [temporaryHome(), temporaryHome()];
  symlinkSync(outside, join(folder, 'miner'));
  expect(await exportKey(folder, hotkey, key, null)).toMatchObject({ kind: 'refused' });
  expect(readdirSync(outside)).toEqual([]);
});

test('says what is wrong when the folder cannot be made', async () => {
  const folder = temporaryHome();
  writeFileSync(join(folder, 'file'), '');
  await expect(exportKey(join(folder, 'file', 'wallets'), hotkey, key, null)).rejects.toMatchObject({
    code: 'STORAGE',
  });
  expect(existsSync(join(folder, 'file', 'wallets'))).toBe(false);
});
