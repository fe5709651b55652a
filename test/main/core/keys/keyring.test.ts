import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openKeyring } from '#main/core/keys/keyring.ts';
import type { SecretBox } from '#main/core/keys/secret-box.ts';
import type { KeysState } from '#protocol/contract/keys.ts';
import { sign, verify } from '#protocol/keys.ts';
import { temporaryHome } from '../../temporary-home.ts';
import { fixture } from '../btwallet/fixture.ts';
import { fakeKeychain, openScene, quickKeys } from './keyring-scene.ts';

const PASSWORD = 'a long password';
const file = (home: string, name: 'hotkey' | 'coldkey'): string => join(home, 'keys', `${name}.json`);
const MESSAGE = Uint8Array.of(1, 2, 3);

test('creates a hotkey in one click, sealed by the keychain, and opens it again at the next start', async () => {
  const { box } = fakeKeychain();
  const { home, keyring } = await openScene({ box });
  await keyring.createHotkey(null);
  const hotkey = keyring.hotkey()!;
  expect(keyring.state().hotkey).toEqual({ kind: 'ready', address: hotkey.pair.address, sealedBy: 'os' });
  expect(readFileSync(file(home, 'hotkey'), 'utf8')).not.toContain(hotkey.seedHex);
  expect(statSync(file(home, 'hotkey')).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, 'keys')).mode & 0o777).toBe(0o700);
  const seed = hotkey.seedHex;
  keyring.close();
  expect((await openScene({ home, box })).keyring.hotkey()?.seedHex).toBe(seed);
});

test('refuses a hotkey without a keychain, with the reason, unless the owner sets a password', async () => {
  const why = 'This desktop has no keychain.';
  const { home, keyring } = await openScene({ box: { kind: 'unavailable', why, toOpen: 'Elsewhere.' } });
  expect(keyring.state().keychain).toEqual({ kind: 'unavailable', why });
  await expect(keyring.createHotkey(null)).rejects.toMatchObject({
    code: 'KEYS',
    message: expect.stringContaining(why) as unknown,
  });
  await expect(keyring.createHotkey('  short  ')).rejects.toMatchObject({ code: 'KEYS' });
  expect(existsSync(file(home, 'hotkey'))).toBe(false);
  await keyring.createHotkey(PASSWORD);
  expect(keyring.state().hotkey).toMatchObject({ kind: 'ready', sealedBy: 'password' });
});

test('keeps a hotkey locked until its password comes, by a person or by a file', async () => {
  const { home, keyring } = await openScene();
  await keyring.createHotkey(PASSWORD);
  const { address } = keyring.hotkey()!.pair;
  keyring.close();

  const again = (await openScene({ home })).keyring;
  expect(again.state().hotkey).toEqual({ kind: 'locked', address, sealedBy: 'password', why: null });
  expect(again.hotkey()).toBeNull();
  await expect(again.unlockHotkey('another password')).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
  await again.unlockHotkey(PASSWORD);
  expect(again.hotkey()?.pair.address).toBe(address);
  again.close();

  expect((await openScene({ home, password: PASSWORD })).keyring.hotkey()?.pair.address).toBe(address);
  const wrong = await openScene({ home, password: 'another password' });
  expect(wrong.keyring.state().hotkey).toMatchObject({
    kind: 'locked',
    why: expect.stringContaining('password') as unknown,
  });
});

test('says what to do when the keychain does not open a hotkey, and opens it when asked again', async () => {
  const { box, chain } = fakeKeychain();
  const { home, keyring } = await openScene({ box });
  await keyring.createHotkey(null);
  keyring.close();
  chain.shut = new Error('the owner declined');
  const { keyring: again, logs } = await openScene({ home, box });
  expect(again.state().hotkey).toMatchObject({
    kind: 'locked',
    why: expect.stringMatching(/did not open.*still on this disk/) as unknown,
  });
  expect(logs).toEqual(['The keychain: the owner declined']);
  await expect(again.unlockHotkey(null)).rejects.toMatchObject({ code: 'KEYS' });
  chain.shut = null;
  await again.unlockHotkey(null);
  expect(again.state().hotkey.kind).toBe('ready');
});

test('takes nonsense from the keychain as that of another keychain, and quotes none of it', async () => {
  const { box } = fakeKeychain();
  const { home, keyring } = await openScene({ box });
  await keyring.createHotkey(null);
  keyring.close();
  const stored = readFileSync(file(home, 'hotkey'));
  const nonsense = 'v3ry s3cr3t';
  const other = await openScene({ home, box: { ...box, open: () => Promise.resolve(nonsense) } as SecretBox });
  expect(other.keyring.state().hotkey).toMatchObject({
    kind: 'locked',
    why: expect.stringContaining('another keychain has sealed it') as unknown,
  });
  expect(JSON.stringify([other.states, other.logs])).not.toContain(nonsense);
  expect(readFileSync(file(home, 'hotkey'))).toEqual(stored);
});

test('shows its hotkey while the keychain asks its owner, and waits no longer than Millrace runs', async () => {
  const { home, keyring } = await openScene({ box: fakeKeychain().box });
  await keyring.createHotkey(null);
  keyring.close();
  const states: KeysState[] = [];
  const waiting = openKeyring({
    ...{ home, walletsFolder: null, nowMs: () => 0, log: () => undefined },
    secretBox: () => new Promise(() => undefined),
    onChange: (state) => states.push(state),
  });
  const started = waiting.start(null);
  expect(states.at(-1)).toMatchObject({
    keychain: { kind: 'unavailable', why: expect.stringContaining('waiting') as unknown },
    hotkey: { kind: 'locked', why: expect.stringMatching(/waiting.*unchanged/) as unknown },
  });
  waiting.close();
  await started;
  expect(waiting.hotkey()).toBeNull();
});

test('a hotkey that is asked for while the keychain is still asked is made when it has answered', async () => {
  const { promise, resolve } = Promise.withResolvers<SecretBox>();
  const home = temporaryHome();
  const keyring = openKeyring({
    ...{ home, secretBox: () => promise, walletsFolder: null, nowMs: () => 0, log: () => undefined },
    onChange: () => undefined,
  });
  const started = keyring.start(null);
  const created = keyring.createHotkey(null);
  resolve(fakeKeychain().box);
  await Promise.all([created, started]);
  expect(keyring.state().hotkey).toMatchObject({ kind: 'ready', sealedBy: 'os' });
  keyring.close();
});

test('a keychain that breaks is one that does not answer', async () => {
  const { keyring, logs } = await openScene({ secretBox: () => Promise.reject(new Error('no bus')) });
  expect(keyring.state().keychain).toMatchObject({ why: expect.stringContaining('does not answer') as unknown });
  expect(logs).toEqual(['The keychain: no bus']);
});

test('writes nothing when the keychain refuses', async () => {
  const { box, chain } = fakeKeychain();
  chain.shut = new Error('locked');
  const { home, keyring } = await openScene({ box });
  await expect(keyring.createHotkey(null)).rejects.toMatchObject({ code: 'KEYS' });
  expect(existsSync(file(home, 'hotkey'))).toBe(false);
  expect(keyring.state().hotkey.kind).toBe('missing');
});

test.each([
  ['gives back nothing', { seal: () => Promise.resolve(new Uint8Array(0)) }],
  ['forgets what it sealed', { open: () => Promise.reject(new Error('no such key')) }],
  ['opens it to another text', { open: () => Promise.resolve('{}') }],
])('writes nothing for a keychain that %s: such a hotkey would be lost at the next start', async (_, broken) => {
  const { home, keyring } = await openScene({ box: { ...fakeKeychain().box, ...broken } as SecretBox });
  await expect(keyring.createHotkey(null)).rejects.toMatchObject({
    code: 'KEYS',
    message: expect.stringContaining('Set a password') as unknown,
  });
  expect(existsSync(file(home, 'hotkey'))).toBe(false);
  expect(keyring.state().hotkey.kind).toBe('missing');
});

test('never replaces a hotkey, and removes only the one that is named', async () => {
  const { keyring } = await openScene({ box: fakeKeychain().box });
  await keyring.createHotkey(null);
  const { address } = keyring.hotkey()!.pair;
  await expect(keyring.createHotkey(null)).rejects.toMatchObject({ code: 'KEYS' });
  const request = { key: 'hotkey', phrase: fixture.phrase, password: null } as const;
  await expect(keyring.importMnemonic(request)).rejects.toMatchObject({ code: 'KEYS' });
  expect(() => keyring.removeHotkey(fixture.address)).toThrow('not the address');
  keyring.removeHotkey(address);
  await keyring.importMnemonic(request);
  expect(keyring.hotkey()?.pair.address).toBe(fixture.address);
});

test('creates a coldkey only when its words were proven to be written down', async () => {
  const { home, keyring } = await openScene();
  const { id, words, quiz, address } = await keyring.createColdkey(PASSWORD);
  expect(words).toHaveLength(12);
  expect(new Set(quiz).size).toBe(3);
  const answers = quiz.map((index) => ({ index, word: ` ${words[index]!.toUpperCase()}` }));
  const wrong = [{ ...answers[0]!, word: 'wrong' }, ...answers.slice(1)];
  for (const [given, attempt] of [
    [wrong, id],
    [answers.slice(1), id],
    [[], id],
    [answers, 'another id'],
  ] as const) {
    expect(() => keyring.confirmColdkey({ id: attempt, words: [...given] })).toThrow();
    expect(existsSync(file(home, 'coldkey'))).toBe(false);
  }
  keyring.confirmColdkey({ id, words: answers });
  expect(keyring.state().coldkey).toEqual({ kind: 'encrypted', address });
  expect(statSync(file(home, 'coldkey')).mode & 0o777).toBe(0o600);

  const restored = (await openScene()).keyring;
  await restored.importMnemonic({ key: 'coldkey', phrase: words.join('  '), password: PASSWORD });
  expect(restored.state().coldkey).toEqual({ kind: 'encrypted', address });
});

test('forgets an unconfirmed coldkey after half an hour, and after ten wrong tries', async () => {
  const scene = await openScene();
  const confirm = (made: { id: string; words: readonly string[]; quiz: readonly number[] }): void =>
    scene.keyring.confirmColdkey({
      id: made.id,
      words: made.quiz.map((index) => ({ index, word: made.words[index]! })),
    });
  const late = await scene.keyring.createColdkey(PASSWORD);
  scene.nowMs = 30 * 60_000 + 1;
  expect(() => confirm(late)).toThrow('forgotten');
  const guessed = await scene.keyring.createColdkey(PASSWORD);
  for (let i = 0; i < 10; i += 1) {
    expect(() => scene.keyring.confirmColdkey({ id: guessed.id, words: [] })).toThrow('look again');
  }
  expect(() => confirm(guessed)).toThrow('forgotten');
  confirm(await scene.keyring.createColdkey(PASSWORD));
});

test('opens the coldkey for one signature, and wipes it after', async () => {
  const { keyring } = await openScene();
  await keyring.importMnemonic({ key: 'coldkey', phrase: fixture.phrase, password: PASSWORD });
  await expect(keyring.coldkeySigner('another password')).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
  const { signer, wipe } = await keyring.coldkeySigner(PASSWORD);
  expect(verify(MESSAGE, sign(MESSAGE, signer), signer.publicKey)).toBe(true);
  wipe();
  expect(signer.secretKey.every((byte) => byte === 0)).toBe(true);
});

test('wipes every key that is open when it closes', async () => {
  const { keyring } = await openScene({ box: fakeKeychain().box });
  await keyring.createHotkey(null);
  await keyring.importMnemonic({ key: 'coldkey', phrase: fixture.phrase, password: PASSWORD });
  const { signer } = await keyring.coldkeySigner(PASSWORD);
  const { secretKey } = keyring.hotkey()!.pair;
  keyring.close();
  for (const secret of [signer.secretKey, secretKey]) expect(secret.every((byte) => byte === 0)).toBe(true);
  expect(keyring.hotkey()).toBeNull();
});

test('watches an address, or has an extension sign for it, and then signs nothing here', async () => {
  const { home, keyring } = await openScene();
  expect(() => keyring.watch('5DfhGyQd')).toThrow('not an address');
  await expect(keyring.coldkeySigner(PASSWORD)).rejects.toThrow('There is no coldkey');
  keyring.watch(` ${fixture.address} `);
  expect(keyring.state().coldkey).toEqual({ kind: 'watch-only', address: fixture.address });
  await expect(keyring.coldkeySigner(PASSWORD)).rejects.toThrow('only watched');
  keyring.useExtension(fixture.address, 'talisman');
  await expect(keyring.coldkeySigner(PASSWORD)).rejects.toThrow('extension talisman');
  expect((await openScene({ home })).keyring.state().coldkey).toEqual({
    ...{ kind: 'extension', address: fixture.address, source: 'talisman' },
  });
});

test('does not let an address take the place of an encrypted coldkey', async () => {
  const { keyring } = await openScene();
  await keyring.importMnemonic({ key: 'coldkey', phrase: fixture.phrase, password: PASSWORD });
  const other = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty';
  expect(() => keyring.watch(other)).toThrow('already');
  expect(() => keyring.useExtension(other, 'talisman')).toThrow('already');
  expect(() => keyring.removeColdkey(other)).toThrow('not the address');
  keyring.removeColdkey(fixture.address);
  keyring.watch(other);
  expect(keyring.state().coldkey.kind).toBe('watch-only');
});

test.each([
  ['is asked at the start', 'start'],
  ['is to open the hotkey', 'open'],
  ['is to seal a new hotkey', 'seal'],
] as const)('signs with the coldkey while the keychain %s and never answers', async (_, when) => {
  const { box } = fakeKeychain();
  const { home, keyring: before } = await openScene({ box });
  await before.importMnemonic({ key: 'coldkey', phrase: fixture.phrase, password: PASSWORD });
  if (when === 'open') await before.createHotkey(null);
  before.close();
  const never = (): Promise<never> => new Promise(() => undefined);
  const asked = vi.fn(never);
  const hanging = { kind: 'os', seal: asked, open: asked } as const;
  const keyring = openKeyring({
    ...{ home, walletsFolder: null, nowMs: () => 0, log: () => undefined, onChange: () => undefined },
    ...{ derive: quickKeys, secretBox: when === 'start' ? asked : () => Promise.resolve(hanging) },
  });
  const started = keyring.start(null);
  if (when === 'seal') await started;
  const created = when === 'seal' ? keyring.createHotkey(null).catch(() => undefined) : null;
  await vi.waitFor(() => expect(asked).toHaveBeenCalled());
  const { signer, wipe } = await keyring.coldkeySigner(PASSWORD);
  expect(verify(MESSAGE, sign(MESSAGE, signer), signer.publicKey)).toBe(true);
  wipe();
  keyring.close();
  await Promise.all([started, created]);
});

test('derives one key at a time, because each takes 512 MiB, and the coldkey’s once the other is done', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const events: string[] = [];
  let isHeld = false;
  const { keyring } = await openScene({
    derive: async (request, signal) => {
      events.push('begun');
      if (isHeld) await promise;
      events.push('done');
      return await quickKeys(request, signal);
    },
  });
  await keyring.importMnemonic({ key: 'coldkey', phrase: fixture.phrase, password: PASSWORD });
  events.splice(0);
  isHeld = true;
  const created = keyring.createHotkey(PASSWORD);
  const opened = keyring.coldkeySigner(PASSWORD);
  await expect(keyring.coldkeySigner(PASSWORD)).rejects.toMatchObject({ code: 'KEYS' });
  expect(keyring.state().busy).toBe(true);
  await vi.waitFor(() => expect(events).toEqual(['begun']));
  resolve(undefined);
  await Promise.all([created, opened]);
  expect(events).toEqual(['begun', 'done', 'begun', 'done']);
  expect(keyring.state().busy).toBe(false);
});

test('works on one password at a time, because each takes 512 MiB', async () => {
  let release: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => (release = resolve));
  const derive = vi.fn<typeof quickKeys>(async (request) => {
    await waiting;
    return await quickKeys(request);
  });
  const { keyring } = await openScene({ derive });
  const first = keyring.createHotkey(PASSWORD);
  expect(keyring.state().busy).toBe(true);
  await expect(keyring.createColdkey(PASSWORD)).rejects.toMatchObject({ code: 'KEYS' });
  release();
  await first;
  expect(derive).toHaveBeenCalledTimes(1);
  expect(keyring.state().busy).toBe(false);
});

test.each([
  ['is cut short', (text: string) => text.slice(0, 40)],
  ['is of another version', (text: string) => text.replace('"version": 1', '"version": 2')],
  ['has a field too many', (text: string) => text.replace('{', '{"extra":1,')],
])('names a key file that %s and leaves it untouched', async (_, damage) => {
  const { home, keyring } = await openScene();
  await keyring.createHotkey(PASSWORD);
  keyring.close();
  const damaged = damage(readFileSync(file(home, 'hotkey'), 'utf8'));
  writeFileSync(file(home, 'hotkey'), damaged);
  await expect(openScene({ home })).rejects.toMatchObject({ code: 'SETTINGS' });
  expect(readFileSync(file(home, 'hotkey'), 'utf8')).toBe(damaged);
});

test('does not sign for another address than the one it shows', async () => {
  const { home, keyring } = await openScene();
  await keyring.importMnemonic({ key: 'coldkey', phrase: fixture.phrase, password: PASSWORD });
  keyring.close();
  const other = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty';
  writeFileSync(file(home, 'coldkey'), readFileSync(file(home, 'coldkey'), 'utf8').replace(fixture.address, other));
  const again = (await openScene({ home })).keyring;
  await expect(again.coldkeySigner(PASSWORD)).rejects.toMatchObject({ code: 'SETTINGS' });
});

test('refuses words that are no recovery phrase, without quoting them', async () => {
  const { home, keyring } = await openScene();
  const phrase = fixture.phrase.replace('drive', 'derive');
  const failed = keyring.importMnemonic({ key: 'coldkey', phrase, password: PASSWORD });
  await expect(failed).rejects.toMatchObject({
    code: 'PROTOCOL',
    message: expect.not.stringContaining('bottom') as unknown,
  });
  expect(existsSync(join(home, 'keys')) ? readdirSync(join(home, 'keys')) : []).toEqual([]);
});

test('needs no folder before there is a key', async () => {
  const home = temporaryHome();
  await openScene({ home });
  expect(readdirSync(home)).toEqual([]);
});
