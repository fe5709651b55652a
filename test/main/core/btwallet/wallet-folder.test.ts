import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listWallets, readWalletFile } from '#main/core/btwallet/wallet-folder.ts';
import { temporaryHome } from '../../temporary-home.ts';
import { fileOf, fixture } from './fixture.ts';

const { address } = fixture;

/** Writes files by their path from the folder on. */
function folderOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = temporaryHome();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

test('lists wallets with their keys, how they are encrypted and whose they are', async () => {
  const folder = folderOf({
    'miner/coldkey': fileOf('nacl'),
    'miner/coldkeypub.txt': fileOf('public'),
    'miner/hotkeys/first': fileOf('plain'),
    'miner/hotkeys/firstpub.txt': fileOf('public'),
    'miner/hotkeys/second': fileOf('ansibleByAnsible'),
    'rig/coldkeypub.txt': fileOf('public'),
    'rig/hotkeys/old': fileOf('fernet'),
    'nothing/readme.txt': 'x',
    'note.txt': 'x',
    '.hidden/coldkey': fileOf('plain'),
  });
  const second = join('miner', 'hotkeys', 'second');
  expect(await listWallets(folder)).toEqual({
    wallets: [
      {
        name: 'miner',
        coldkey: { name: 'miner', path: join('miner', 'coldkey'), encryption: 'nacl', address },
        coldkeyAddress: address,
        hotkeys: [
          { name: 'first', path: join('miner', 'hotkeys', 'first'), encryption: 'none', address },
          { name: 'second', path: second, encryption: 'ansible', address: null },
        ],
      },
      {
        name: 'rig',
        coldkey: null,
        coldkeyAddress: address,
        hotkeys: [{ name: 'old', path: join('rig', 'hotkeys', 'old'), encryption: 'fernet', address: null }],
      },
    ],
    leftOut: [],
  });
  expect(await readWalletFile(folder, second)).toEqual({ kind: 'read', bytes: fileOf('ansibleByAnsible') });
});

test('finds no wallets where there is no folder, and says so when it is a file', async () => {
  const folder = folderOf({ file: 'x' });
  expect(await listWallets(join(folder, 'missing'))).toEqual({ wallets: [], leftOut: [] });
  expect(await readWalletFile(join(folder, 'missing'), 'x')).toEqual({ kind: 'missing' });
  await expect(listWallets(join(folder, 'file'))).rejects.toMatchObject({ code: 'STORAGE' });
});

test('leaves out what is too long, no key file, or no file, and names it', async () => {
  const folder = folderOf({ 'a/coldkey': new Uint8Array(65_537).fill(0x7b), 'a/hotkeys/picture': '\x89PNG' });
  mkdirSync(join(folder, 'a/hotkeys/more'));
  const { wallets, leftOut } = await listWallets(folder);
  expect(wallets).toEqual([]);
  expect(leftOut.map(({ why }) => why)).toEqual([
    'it has more than 65536 bytes',
    'it is not a file',
    'it is not a key file',
  ]);
});

test.skipIf(process.platform === 'win32')(
  'follows links within the folder, and none that leads out of it',
  async () => {
    const outside = folderOf({ 'w/coldkey': fileOf('plain'), 'w/hotkeys/x': fileOf('plain') });
    const folder = folderOf({ 'a/coldkey': fileOf('plain'), 'b/hotkeys/x': fileOf('plain') });
    symlinkSync(join(folder, 'a/coldkey'), join(folder, 'b/hotkeys/inside'));
    symlinkSync(join(outside, 'w/coldkey'), join(folder, 'b/coldkey'));
    symlinkSync(join(outside, 'w/hotkeys'), join(folder, 'a/hotkeys'));
    symlinkSync(join(outside, 'w'), join(folder, 'c'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'b/hotkeys/broken'));
    const { wallets, leftOut } = await listWallets(folder);
    expect(wallets.map(({ name, hotkeys }) => [name, hotkeys.map((key) => key.name)])).toEqual([
      ['a', []],
      ['b', ['inside', 'x']],
    ]);
    const why = 'a link leads out of the folder';
    expect(leftOut).toEqual(['a/hotkeys', 'b/coldkey', 'c/coldkey', 'c/hotkeys'].map((path) => ({ path, why })));
    expect(await readWalletFile(folder, 'b/coldkey')).toEqual({ kind: 'refused', why });
    expect(
      await readWalletFile(folder, join('..', realpathSync(outside).split('/').at(-1)!, 'w/coldkey')),
    ).toMatchObject({ kind: 'refused' });
  },
);

test.skipIf(process.platform === 'win32')('does not wait for a pipe', async () => {
  const folder = folderOf({ 'a/coldkeypub.txt': fileOf('public') });
  execFileSync('mkfifo', [join(folder, 'a/coldkey')]);
  expect((await listWallets(folder)).leftOut).toEqual([{ path: 'a/coldkey', why: 'it is not a file' }]);
});

test('stops at 512 entries of a folder', async () => {
  const folder = folderOf(Object.fromEntries([...Array(513).keys()].map((i) => [`w/hotkeys/h${i}`, '{}'])));
  const { wallets, leftOut } = await listWallets(folder);
  expect(wallets[0]!.hotkeys.length).toBe(512);
  expect(leftOut).toEqual([{ path: join('w', 'hotkeys'), why: 'there are more than 512 entries' }]);
});
