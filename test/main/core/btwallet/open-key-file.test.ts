import { expect, test } from 'vitest';
import { parseKeyJson } from '#main/core/btwallet/key-json.ts';
import { openKeyFile, sealKeyFile } from '#main/core/btwallet/open-key-file.ts';
import { utf8 } from '#protocol/bytes.ts';
import { fileOf, fixture, flipBit, knownKeys } from './fixture.ts';

const encrypted = [
  ['nacl', 'nacl'],
  ['ansible', 'ansibleByBtwallet'],
  ['ansible', 'ansibleByAnsible'],
  ['fernet', 'fernet'],
] as const;
const options = { derive: knownKeys };
const key = parseKeyJson(fileOf('plain'));

test.each(encrypted)('opens a file of %s (%s) to the key of the plain file', async (encryption, name) => {
  const opened = await openKeyFile(fileOf(name), fixture.password, options);
  expect(opened).toEqual({ kind: 'opened', key, encryption });
});

test.each(encrypted)('seals the key of a file of %s (%s) as a box that opens to the same key', async (_, name) => {
  const opened = await openKeyFile(fileOf(name), fixture.password, options);
  const sealed = await sealKeyFile(opened.kind === 'opened' ? opened.key : key, fixture.password, options);
  expect(await openKeyFile(sealed, fixture.password, options)).toEqual({ kind: 'opened', key, encryption: 'nacl' });
});

test.each(encrypted)('says that a password for %s (%s) is wrong, or wanted', async (encryption, name) => {
  expect(await openKeyFile(fileOf(name), 'another', options)).toEqual({ kind: 'wrong-password', encryption });
  expect(await openKeyFile(fileOf(name), null, options)).toEqual({ kind: 'password-needed', encryption });
});

test('takes a changed file for a wrong password', async () => {
  const changed = flipBit(fileOf('nacl'), 100);
  expect(await openKeyFile(changed, fixture.password, options)).toMatchObject({ kind: 'wrong-password' });
});

test('takes the spaces around a password away, as btwallet does with what is typed', async () => {
  expect(await openKeyFile(fileOf('nacl'), ` ${fixture.password}\n`, options)).toMatchObject({ kind: 'opened' });
});

test('opens a plain file without a password', async () => {
  expect(await openKeyFile(fileOf('plain'), null, options)).toEqual({ kind: 'opened', key, encryption: 'none' });
});

test.each([
  ['what is no key file', utf8('# Notes')],
  ['an empty file', new Uint8Array()],
  ['a file of more than 64 KiB', utf8(`{"secretPhrase":"${'a'.repeat(65_536)}"}`)],
  ['a box that is cut short', fileOf('nacl').slice(0, 40)],
  ['a vault that is cut short', fileOf('ansibleByBtwallet').slice(0, 100)],
  ['a token that is cut short', fileOf('fernet').slice(0, 50)],
])('refuses %s and derives no key', async (_, file) => {
  const derive = (): Promise<never> => Promise.reject(new Error('A key was derived'));
  await expect(openKeyFile(file, fixture.password, { derive })).rejects.toMatchObject({ code: 'PROTOCOL' });
});

test('wipes the derived key', async () => {
  let derived = new Uint8Array();
  const derive: typeof knownKeys = async (request) => (derived = Uint8Array.from(await knownKeys(request)));
  await openKeyFile(fileOf('nacl'), fixture.password, { derive });
  expect(derived).toEqual(new Uint8Array(32));
});
