import type { SafeStorage } from 'electron';
import { SILENT_KEYCHAIN, type SecretBox } from '#main/core/keys/secret-box.ts';

type Storage = Pick<
  SafeStorage,
  'isAsyncEncryptionAvailable' | 'getSelectedStorageBackend' | 'encryptStringAsync' | 'decryptStringAsync'
>;

/** What Electron had before version 42, and until 45: the Electron of `scripts/setup/electron-from-registry.mjs` has nothing else. */
interface OldStorage {
  getSelectedStorageBackend(): ReturnType<Storage['getSelectedStorageBackend']>;
  isEncryptionAvailable(): boolean;
  encryptString(text: string): Buffer;
  decryptString(sealed: Buffer): string;
}

/**
 * The system's keychain through Electron's `safeStorage`; Electron must be ready. On Linux without a keychain Electron would
 * encrypt with a password that stands in its source: that is refused, with an explanation. It calls that `basic_text` where the
 * desktop has no keychain that it knows; where such a keychain only does not answer, it falls back without a word.
 */
export async function safeStorageBox(storage: Storage | OldStorage, platform: NodeJS.Platform): Promise<SecretBox> {
  const { isAvailable, seal, open } = 'encryptStringAsync' in storage ? storageOf(storage) : oldStorageOf(storage);
  const isLinux = platform === 'linux';
  // First, because it also makes Electron choose what the next line asks for.
  const answers = await isAvailable();
  const backend = isLinux ? storage.getSelectedStorageBackend() : 'system';
  if (backend === 'basic_text' || backend === 'unknown') return NO_KEYCHAIN;
  if (!answers) return SILENT_KEYCHAIN;
  if (isLinux && isHidden(await seal(PROBE))) return SILENT_KEYCHAIN;
  return {
    kind: 'os',
    seal: async (text) => {
      const sealed = await seal(text);
      if (isLinux && isHidden(sealed)) throw new Error('it no longer answers');
      return sealed;
    },
    open,
  };
}

interface Cipher {
  readonly isAvailable: () => Promise<boolean>;
  readonly seal: (text: string) => Promise<Uint8Array>;
  readonly open: (sealed: Uint8Array) => Promise<string>;
}

const storageOf = (storage: Storage): Cipher => ({
  isAvailable: () => storage.isAsyncEncryptionAvailable(),
  seal: (text) => storage.encryptStringAsync(text),
  open: async (sealed) => (await storage.decryptStringAsync(Buffer.from(sealed))).result,
});

/** Blocks the window while the keychain asks its owner; there is no other way in these versions. */
const oldStorageOf = (storage: OldStorage): Cipher => ({
  isAvailable: () => promised(() => storage.isEncryptionAvailable()),
  seal: (text) => promised(() => storage.encryptString(text)),
  open: (sealed) => promised(() => storage.decryptString(Buffer.from(sealed))),
});

const promised = <Result>(work: () => Result): Promise<Result> => new Promise((resolve) => resolve(work()));

const PROBE = 'millrace';
/** Chromium's mark on Linux for its own hard-coded password (os_crypt's PosixKeyProvider); a keychain's is `v11` or higher. */
const HARD_CODED = 'v10';

const isHidden = (sealed: Uint8Array): boolean =>
  Buffer.from(sealed.subarray(0, HARD_CODED.length)).toString('latin1') === HARD_CODED;

const NO_KEYCHAIN: SecretBox = {
  kind: 'unavailable',
  why: 'Millrace finds no keychain on this desktop, such as GNOME Keyring or KWallet. Without one anybody who reads this disk could read the hotkey.',
  toOpen: 'Log in to the desktop where you created it, and start Millrace there.',
};
