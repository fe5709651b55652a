import { expect, test } from 'vitest';
import { openVault, parseVault } from '#main/core/btwallet/ansible-vault.ts';
import { openFernet, parseFernet } from '#main/core/btwallet/fernet.ts';
import { keyEncryptionOf } from '#main/core/btwallet/key-encryption.ts';
import { openNaclBox, parseNaclBox, sealNaclBox } from '#main/core/btwallet/nacl-box.ts';
import { fromHex, utf8 } from '#protocol/bytes.ts';
import { failureOf, fileOf, fixture, flipBit } from './fixture.ts';

const plain = fileOf('plain');
const naclKey = fromHex(fixture.naclKey);
const vaultKeys = fromHex(fixture.ansibleKeys);
const fernetKey = fromHex(fixture.fernetKey);

test("opens btwallet's box, and seals the same content under the same nonce to the same bytes", () => {
  const file = fileOf('nacl');
  const content = openNaclBox(parseNaclBox(file), naclKey)!;
  expect(JSON.parse(Buffer.from(content).toString())).toEqual(JSON.parse(Buffer.from(plain).toString()));
  expect(sealNaclBox(content, naclKey, file.slice(5, 29))).toEqual(file);
});

test('opens what it sealed, each time under another nonce', () => {
  const [one, two] = [sealNaclBox(plain, naclKey), sealNaclBox(plain, naclKey)];
  expect(one).not.toEqual(two);
  for (const file of [one, two]) expect(openNaclBox(parseNaclBox(file), naclKey)).toEqual(plain);
});

test('opens a Fernet token', () => {
  expect(Uint8Array.from(openFernet(parseFernet(fileOf('fernet')), fernetKey)!)).toEqual(plain);
});

test('opens no box of which a bit was changed, nor with another key', () => {
  const file = fileOf('nacl');
  for (let at = 5; at < file.length; at += 1) expect(openNaclBox(parseNaclBox(flipBit(file, at)), naclKey)).toBeNull();
  expect(openNaclBox(parseNaclBox(file), flipBit(naclKey, 31))).toBeNull();
});

/** The content if it opened, else what became of it. */
function outcome(open: () => Uint8Array | null): string {
  try {
    const content = open();
    return content === null ? 'null' : Buffer.from(content).toString();
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test.each(['ansibleByBtwallet', 'ansibleByAnsible'] as const)(
  'never opens %s with another byte to other content',
  (name) => {
    const file = fileOf(name);
    for (let at = 0; at < file.length; at += 7) {
      const open = () => openVault(parseVault(flipBit(file, at)), vaultKeys);
      expect(['null', 'PROTOCOL']).toContain(outcome(open));
    }
  },
);

test('never opens a Fernet token with another byte to other content', () => {
  const file = fileOf('fernet');
  for (let at = 0; at < file.length; at += 7) {
    const open = () => openFernet(parseFernet(flipBit(file, at)), fernetKey);
    expect(['null', 'PROTOCOL']).toContain(outcome(open));
  }
});

test('refuses what is cut short or of another version before a key is derived', () => {
  expect(failureOf(() => parseNaclBox(fileOf('nacl').slice(0, 44))).code).toBe('PROTOCOL');
  const vault = fileOf('ansibleByAnsible');
  for (const length of [10, 26, 27, 60, 200])
    expect(failureOf(() => parseVault(vault.slice(0, length))).code).toBe('PROTOCOL');
  const version2 = Buffer.from(Buffer.from(vault).toString().replace('1.1', '2.0'));
  expect(failureOf(() => parseVault(version2)).code).toBe('PROTOCOL');
  const token = fileOf('fernet');
  for (const length of [6, 60, 100, token.length - 5])
    expect(failureOf(() => parseFernet(token.slice(0, length))).code).toBe('PROTOCOL');
});

test('knows each encryption by the first bytes, and what is no key file', () => {
  const names = ['plain', 'public', 'nacl', 'ansibleByBtwallet', 'ansibleByAnsible', 'fernet'] as const;
  expect(names.map((name) => keyEncryptionOf(fileOf(name)))).toEqual([
    'none',
    'none',
    'nacl',
    'ansible',
    'ansible',
    'fernet',
  ]);
  expect(keyEncryptionOf(utf8(fixture.phrase))).toBe('none');
  expect(keyEncryptionOf(utf8(`0x${'1f'.repeat(32)}\n`))).toBe('none');
  for (const text of ['', '$NAC', 'a note to myself', '\x7fELF']) expect(keyEncryptionOf(utf8(text))).toBeNull();
});
