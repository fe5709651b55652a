import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openKeyFile } from '#main/core/btwallet/open-key-file.ts';
import { parseKeyJson } from '#main/core/btwallet/key-json.ts';
import type { ImportRequest } from '#main/core/keys/import-keys.ts';
import { fileOf, fixture } from '../btwallet/fixture.ts';
import { fakeKeychain, openScene, quickKeys, walletsFolder } from './keyring-scene.ts';

const { address, password } = fixture;
const NEW_PASSWORD = 'a long password';
const key = parseKeyJson(fileOf('plain'));
const nothing = { hotkey: null, hotkeyPassword: null, coldkey: 'none', coldkeyPassword: null } as const;

/** What a plain file says, in any order: btwallet's own is a random one. It alone writes cryptoType as a number, and reads files without. */
function fieldsOf(file: Uint8Array): Readonly<Record<string, unknown>> {
  const fields = JSON.parse(Buffer.from(file).toString()) as Record<string, unknown>;
  return { ...fields, cryptoType: null };
}

test('offers what lies in the folder on the first run', async () => {
  const folder = walletsFolder({
    'miner/coldkey': 'nacl',
    'miner/coldkeypub.txt': 'public',
    'miner/hotkeys/first': 'plain',
    'miner/hotkeys/second': 'nacl',
    'watcher/coldkeypub.txt': 'public',
  });
  const { keyring } = await openScene({ walletsFolder: folder });
  expect(keyring.state().importable).toEqual([
    {
      name: 'miner',
      hotkeys: [
        { name: 'first', address: null, encrypted: false },
        { name: 'second', address: null, encrypted: true },
      ],
      coldkeyAddress: address,
      hasColdkey: true,
    },
    { name: 'watcher', hotkeys: [], coldkeyAddress: address, hasColdkey: false },
  ]);
});

test.each(['nacl', 'ansibleByBtwallet', 'ansibleByAnsible', 'fernet'] as const)(
  'imports a coldkey and a hotkey of the form %s, and exports files that btwallet opens',
  async (form) => {
    const folder = walletsFolder({ 'miner/coldkey': form, 'miner/hotkeys/first': form });
    const { keyring } = await openScene({ walletsFolder: folder });
    await keyring.importWallet({
      ...{ wallet: 'miner', hotkey: 'first', hotkeyPassword: password },
      ...{ coldkey: 'encrypted', coldkeyPassword: password },
    });
    expect(keyring.state()).toMatchObject({
      hotkey: { kind: 'ready', address, sealedBy: 'password' },
      coldkey: { kind: 'encrypted', address },
    });
    const { paths } = await keyring.exportKeys({
      ...{ wallet: 'copy', hotkey: 'first', hotkeyPassword: NEW_PASSWORD, coldkey: true },
    });
    expect(paths).toEqual([join(folder, 'copy/coldkey'), join(folder, 'copy/hotkeys/first')]);
    const open = (path: string, word: string) => openKeyFile(readFileSync(path), word, { derive: quickKeys });
    expect(await open(paths[0]!, password)).toEqual({ kind: 'opened', key, encryption: 'nacl' });
    expect(await open(paths[1]!, NEW_PASSWORD)).toEqual({ kind: 'opened', key, encryption: 'nacl' });
    expect(fieldsOf(readFileSync(join(folder, 'copy/coldkeypub.txt')))).toEqual(fieldsOf(fileOf('public')));
  },
);

test('keeps both keys or none, also on a disk that takes only one', async () => {
  const folder = walletsFolder({ 'miner/coldkey': 'nacl', 'miner/hotkeys/first': 'plain' });
  const { keyring, home } = await openScene({ walletsFolder: folder, box: fakeKeychain().box });
  const both: ImportRequest = {
    ...{ wallet: 'miner', hotkey: 'first', hotkeyPassword: null },
    ...{ coldkey: 'encrypted', coldkeyPassword: password },
  };
  // In the way of the second file, as a full disk is.
  const obstacle = join(home, 'keys', `coldkey.json.${process.pid}.tmp`);
  mkdirSync(obstacle, { recursive: true });
  await expect(keyring.importWallet(both)).rejects.toMatchObject({ code: 'STORAGE' });
  expect(keyring.state()).toMatchObject({ hotkey: { kind: 'missing' }, coldkey: { kind: 'missing' } });
  expect(keyring.hotkey()).toBeNull();
  rmdirSync(obstacle);
  expect(readdirSync(join(home, 'keys'))).toEqual([]);
  await keyring.importWallet(both);
  expect(keyring.state()).toMatchObject({ hotkey: { kind: 'ready' }, coldkey: { kind: 'encrypted' } });
});

test('gives an encrypted coldkey back byte for byte, and a plain hotkey field by field', async () => {
  const folder = walletsFolder({ 'miner/coldkey': 'nacl', 'miner/hotkeys/first': 'plain' });
  const { keyring } = await openScene({ walletsFolder: folder, box: fakeKeychain().box });
  await keyring.importWallet({
    ...{ wallet: 'miner', hotkey: 'first', hotkeyPassword: null },
    ...{ coldkey: 'encrypted', coldkeyPassword: password },
  });
  expect(keyring.state().hotkey).toEqual({ kind: 'ready', address, sealedBy: 'os' });
  await keyring.exportKeys({ wallet: 'copy', hotkey: 'first', hotkeyPassword: null, coldkey: true });
  expect(readFileSync(join(folder, 'copy/coldkey')).toString('latin1')).toBe(
    Buffer.from(fileOf('nacl')).toString('latin1'),
  );
  expect(fieldsOf(readFileSync(join(folder, 'copy/hotkeys/first')))).toEqual(fieldsOf(fileOf('plain')));
  expect(keyring.state().importable.map(({ name }) => name)).toEqual(['copy', 'miner']);
});

test('encrypts a plain coldkey by the password that is given', async () => {
  const folder = walletsFolder({ 'miner/coldkey': 'plain' });
  const { keyring } = await openScene({ walletsFolder: folder });
  const request = { ...nothing, wallet: 'miner', coldkey: 'encrypted' } as const;
  await expect(keyring.importWallet(request)).rejects.toMatchObject({ code: 'KEYS' });
  await expect(keyring.importWallet({ ...request, coldkeyPassword: 'short' })).rejects.toMatchObject({ code: 'KEYS' });
  await keyring.importWallet({ ...request, coldkeyPassword: NEW_PASSWORD });
  (await keyring.coldkeySigner(NEW_PASSWORD)).wipe();
});

test('takes the address alone for watching', async () => {
  const folder = walletsFolder({ 'miner/coldkeypub.txt': 'public' });
  const { keyring } = await openScene({ walletsFolder: folder });
  await keyring.importWallet({ ...nothing, wallet: 'miner', coldkey: 'watch-only' });
  expect(keyring.state().coldkey).toEqual({ kind: 'watch-only', address });
});

test.each([
  ['the coldkey’s password is wrong', { coldkeyPassword: 'another password' }, 'WRONG_PASSWORD'],
  ['the hotkey’s password is wrong', { hotkeyPassword: 'another password' }, 'WRONG_PASSWORD'],
  ['the hotkey’s password is missing', { hotkeyPassword: null }, 'KEYS'],
  ['there is no such wallet', { wallet: '../miner' }, 'NOT_FOUND'],
  ['there is no such hotkey', { hotkey: '../coldkey' }, 'NOT_FOUND'],
])('imports nothing when %s', async (_, change, code) => {
  const folder = walletsFolder({ 'miner/coldkey': 'nacl', 'miner/hotkeys/first': 'nacl' });
  const { keyring } = await openScene({ walletsFolder: folder });
  const request: ImportRequest = {
    ...{ wallet: 'miner', hotkey: 'first', hotkeyPassword: password },
    ...{ coldkey: 'encrypted', coldkeyPassword: password },
    ...change,
  };
  await expect(keyring.importWallet(request)).rejects.toMatchObject({ code });
  expect(keyring.state()).toMatchObject({ hotkey: { kind: 'missing' }, coldkey: { kind: 'missing' } });
});

test('imports no key whose public file names another address', async () => {
  const folder = walletsFolder({ 'miner/hotkeys/first': 'bySeed', 'miner/hotkeys/firstpub.txt': 'public' });
  const { keyring } = await openScene({ walletsFolder: folder, box: fakeKeychain().box });
  const request = { ...nothing, wallet: 'miner', hotkey: 'first' };
  await expect(keyring.importWallet(request)).rejects.toThrow('another one');
});

test('says that a hotkey without a seed of its own cannot work here', async () => {
  const folder = walletsFolder({ 'miner/hotkeys/first': 'byUri' });
  const { keyring } = await openScene({ walletsFolder: folder, box: fakeKeychain().box });
  await expect(keyring.importWallet({ ...nothing, wallet: 'miner', hotkey: 'first' })).rejects.toThrow('no seed');
});

test('refuses what is no key file', async () => {
  const folder = walletsFolder({ 'miner/hotkeys/first': 'ed25519' });
  mkdirSync(join(folder, 'miner/hotkeys'), { recursive: true });
  const { keyring } = await openScene({ walletsFolder: folder, box: fakeKeychain().box });
  await expect(keyring.importWallet({ ...nothing, wallet: 'miner', hotkey: 'first' })).rejects.toMatchObject({
    code: 'PROTOCOL',
  });
});

test('overwrites nothing in the folder, and exports nothing that is not here or is locked', async () => {
  const folder = walletsFolder({ 'miner/hotkeys/first': 'plain' });
  writeFileSync(join(folder, 'miner/coldkey'), 'mine');
  const { home, keyring } = await openScene({ walletsFolder: folder });
  const wanted = { wallet: 'miner', hotkey: null, hotkeyPassword: null, coldkey: false };
  await expect(keyring.exportKeys(wanted)).rejects.toThrow('Choose');
  await expect(keyring.exportKeys({ ...wanted, coldkey: true })).rejects.toThrow('not on this machine');
  await expect(keyring.exportKeys({ ...wanted, hotkey: 'first' })).rejects.toThrow('missing or locked');
  await keyring.importMnemonic({ key: 'hotkey', phrase: fixture.phrase, password: NEW_PASSWORD });
  await keyring.importMnemonic({ key: 'coldkey', phrase: fixture.phrase, password: NEW_PASSWORD });
  await expect(keyring.exportKeys({ ...wanted, coldkey: true })).rejects.toThrow('there already');
  await expect(keyring.exportKeys({ ...wanted, hotkey: 'first' })).rejects.toThrow('there already');
  await expect(keyring.exportKeys({ ...wanted, hotkey: '../x' })).rejects.toThrow('no name');
  expect(readFileSync(join(folder, 'miner/coldkey'), 'utf8')).toBe('mine');
  const again = (await openScene({ home, walletsFolder: folder })).keyring;
  await expect(again.exportKeys({ ...wanted, hotkey: 'second' })).rejects.toThrow('locked');
});

test.each([
  ['its name is no name', { hotkey: '../x' }, 'no name'],
  ['its password is too short', { hotkeyPassword: 'short' }, 'at least'],
  ['something is there already', { hotkey: 'taken' }, 'there already'],
])('exports no coldkey either when the hotkey cannot be, because %s', async (_, change, words) => {
  const folder = walletsFolder({ 'copy/hotkeys/taken': 'plain' });
  const { keyring } = await openScene({ walletsFolder: folder });
  await keyring.importMnemonic({ key: 'hotkey', phrase: fixture.phrase, password: NEW_PASSWORD });
  await keyring.importMnemonic({ key: 'coldkey', phrase: fixture.phrase, password: NEW_PASSWORD });
  const wanted = { wallet: 'copy', hotkey: 'first', hotkeyPassword: null, coldkey: true };
  await expect(keyring.exportKeys({ ...wanted, ...change })).rejects.toThrow(words);
  expect(readdirSync(join(folder, 'copy'))).toEqual(['hotkeys']);
});

test('says which of two keys was exported when the other fails at the last moment', async () => {
  const folder = walletsFolder({});
  let isFull = false;
  const { keyring } = await openScene({
    walletsFolder: folder,
    derive: (request, signal) => (isFull ? Promise.reject(new Error('The disk is full')) : quickKeys(request, signal)),
  });
  await keyring.importMnemonic({ key: 'hotkey', phrase: fixture.phrase, password: NEW_PASSWORD });
  await keyring.importMnemonic({ key: 'coldkey', phrase: fixture.phrase, password: NEW_PASSWORD });
  isFull = true;
  const wanted = { wallet: 'copy', hotkey: 'first', hotkeyPassword: NEW_PASSWORD, coldkey: true };
  await expect(keyring.exportKeys(wanted)).rejects.toThrow(
    `The coldkey was written to ${join(folder, 'copy/coldkey')}, the hotkey was not: The disk is full`,
  );
});
