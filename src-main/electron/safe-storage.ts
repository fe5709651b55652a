import type { SafeStorage } from 'electron';
import type { SecretBox } from '#main/core/keys/secret-box.ts';

type Storage = Pick<
  SafeStorage,
  'isAsyncEncryptionAvailable' | 'getSelectedStorageBackend' | 'encryptStringAsync' | 'decryptStringAsync'
>;

/**
 * The system's keychain through Electron's `safeStorage`; Electron must be ready. On Linux without a keychain Electron would
 * encrypt with a password that stands in its source (`basic_text`): that is refused, with an explanation.
 */
export async function safeStorageBox(storage: Storage, platform: NodeJS.Platform): Promise<SecretBox> {
  // First, because it also makes Electron choose what the next line asks for.
  const isAvailable = await storage.isAsyncEncryptionAvailable();
  const backend = platform === 'linux' ? storage.getSelectedStorageBackend() : 'system';
  if (backend === 'basic_text' || backend === 'unknown') return { kind: 'unavailable', why: NO_KEYCHAIN };
  if (!isAvailable) return { kind: 'unavailable', why: 'The keychain of this computer does not answer.' };
  return {
    kind: 'os',
    seal: (text) => storage.encryptStringAsync(text),
    open: async (sealed) => (await storage.decryptStringAsync(Buffer.from(sealed))).result,
  };
}

const NO_KEYCHAIN =
  'This desktop has no keychain that answers (GNOME Keyring or KWallet), so a key could only be hidden here, not encrypted.';
