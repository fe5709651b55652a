import { describe, expect, test } from 'vitest';
import { safeStorageBox } from '#main/electron/safe-storage.ts';

type Storage = Parameters<typeof safeStorageBox>[0];
type Backend = ReturnType<Storage['getSelectedStorageBackend']>;
interface Behaviour {
  readonly isAvailable?: boolean;
  /** Chromium's mark before what it sealed: `v10` for its own password. */
  readonly mark?: () => string;
}

const seal = (text: string, mark: string): Buffer => Buffer.from(`${mark}sealed ${text}`);
function unseal(sealed: Buffer): string {
  const [, text] = /^v\d\dsealed (.*)$/.exec(sealed.toString()) ?? [];
  if (text === undefined) throw new Error('Error while decrypting');
  return text;
}

/** As Electron 42 and later have it. */
const storage = (backend: Backend, { isAvailable = true, mark = () => 'v11' }: Behaviour = {}): Storage => ({
  isAsyncEncryptionAvailable: () => Promise.resolve(isAvailable),
  getSelectedStorageBackend: () => backend,
  encryptStringAsync: (text) => Promise.resolve(seal(text, mark())),
  decryptStringAsync: (sealed) => Promise.resolve({ shouldReEncrypt: false, result: unseal(sealed) }),
});

/** As the Electron of the npm registry has it. */
const oldStorage = (backend: Backend, { isAvailable = true, mark = () => 'v11' }: Behaviour = {}): Storage => ({
  isEncryptionAvailable: () => isAvailable,
  getSelectedStorageBackend: () => backend,
  encryptString: (text) => seal(text, mark()),
  decryptString: unseal,
});

describe.each([
  ['that answers later', storage],
  ['that answers at once', oldStorage],
])('a safeStorage %s', (_, make) => {
  test.each(['basic_text', 'unknown'] as const)(
    'is refused on a Linux desktop with %s, even if Electron would encrypt',
    async (backend) => {
      expect(await safeStorageBox(make(backend), 'linux')).toMatchObject({
        kind: 'unavailable',
        why: expect.stringContaining('no keychain') as unknown,
      });
    },
  );

  test('is refused when it does not answer', async () => {
    const isAvailable = false;
    for (const box of [
      await safeStorageBox(make('gnome_libsecret', { isAvailable }), 'linux'),
      await safeStorageBox(make('unknown', { isAvailable }), 'darwin'),
    ]) {
      expect(box).toMatchObject({ kind: 'unavailable', why: expect.stringContaining('does not answer') as unknown });
    }
  });

  test('is refused on Linux when it seals with the password in its own source', async () => {
    const mark = (): string => 'v10';
    expect(await safeStorageBox(make('gnome_libsecret', { mark }), 'linux')).toMatchObject({
      kind: 'unavailable',
      why: expect.stringContaining('does not answer') as unknown,
    });
    // Elsewhere that mark is a real keychain's.
    for (const platform of ['darwin', 'win32'] as const) {
      expect((await safeStorageBox(make('unknown', { mark }), platform)).kind).toBe('os');
    }
  });

  test('hands out nothing that it sealed with that password later on', async () => {
    let mark = 'v11';
    const box = await safeStorageBox(make('gnome_libsecret', { mark: () => mark }), 'linux');
    if (box.kind !== 'os') throw new Error('No keychain');
    mark = 'v10';
    await expect(box.seal('key')).rejects.toThrow('no longer answers');
  });

  test.each([
    ['gnome_libsecret', 'linux'],
    ['kwallet6', 'linux'],
    ['unknown', 'darwin'],
    ['unknown', 'win32'],
  ] as const)('seals with %s on %s', async (backend, platform) => {
    const box = await safeStorageBox(make(backend), platform);
    if (box.kind !== 'os') throw new Error('No keychain');
    const sealed = await box.seal('key');
    expect(Buffer.from(sealed).toString()).toBe('v11sealed key');
    expect(await box.open(sealed)).toBe('key');
  });

  test('tells of what it cannot open', async () => {
    const box = await safeStorageBox(make('gnome_libsecret'), 'linux');
    if (box.kind !== 'os') throw new Error('No keychain');
    await expect(box.open(Buffer.from('of another login'))).rejects.toThrow('decrypting');
  });
});
