import { expect, test } from 'vitest';
import { safeStorageBox } from '#main/electron/safe-storage.ts';

type Storage = Parameters<typeof safeStorageBox>[0];
type Backend = ReturnType<Storage['getSelectedStorageBackend']>;

const storage = (backend: Backend, isAvailable = true): Storage => ({
  isAsyncEncryptionAvailable: () => Promise.resolve(isAvailable),
  getSelectedStorageBackend: () => backend,
  encryptStringAsync: (text) => Promise.resolve(Buffer.from(`sealed ${text}`)),
  decryptStringAsync: (sealed) =>
    Promise.resolve({ shouldReEncrypt: false, result: sealed.toString().replace('sealed ', '') }),
});

test.each(['basic_text', 'unknown'] as const)(
  'refuses a Linux desktop with %s, even if Electron would encrypt',
  async (backend) => {
    expect(await safeStorageBox(storage(backend), 'linux')).toMatchObject({
      kind: 'unavailable',
      why: expect.stringContaining('no keychain') as unknown,
    });
  },
);

test('refuses a keychain that does not answer', async () => {
  expect((await safeStorageBox(storage('gnome_libsecret', false), 'linux')).kind).toBe('unavailable');
  expect((await safeStorageBox(storage('unknown', false), 'darwin')).kind).toBe('unavailable');
});

test.each([
  ['gnome_libsecret', 'linux'],
  ['kwallet6', 'linux'],
  ['unknown', 'darwin'],
  ['unknown', 'win32'],
] as const)('seals with %s on %s', async (backend, platform) => {
  const box = await safeStorageBox(storage(backend), platform);
  if (box.kind !== 'os') throw new Error('No keychain');
  const sealed = await box.seal('key');
  expect(Buffer.from(sealed).toString()).toBe('sealed key');
  expect(await box.open(sealed)).toBe('key');
});
