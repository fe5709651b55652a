export interface NoSecretBox {
  readonly kind: 'unavailable';
  readonly why: string;
  /** What the owner of a hotkey that a keychain has sealed can do now. */
  readonly toOpen: string;
}

/**
 * What the operating system offers to keep a small secret with the owner's login. Text in and out, because Electron's
 * `safeStorage` knows nothing else; such text cannot be wiped.
 */
export type SecretBox =
  | NoSecretBox
  | {
      readonly kind: 'os';
      /** @throws what the keychain throws, as when the owner declines */
      seal(text: string): Promise<Uint8Array>;
      /** @throws the same, and when the bytes were sealed by another login */
      open(sealed: Uint8Array): Promise<string>;
    };

export const NO_KEYCHAIN: NoSecretBox = {
  kind: 'unavailable',
  why: 'Without a window Millrace has no keychain to keep a hotkey in.',
  toOpen: 'Start Millrace with its window: there the keychain opens it.',
};

/** Until the keychain has answered; a locked one asks its owner first. */
export const ASKED_KEYCHAIN: NoSecretBox = {
  kind: 'unavailable',
  why: 'Millrace is waiting for the keychain of this computer.',
  toOpen: 'It may ask for your permission or its password.',
};

export const SILENT_KEYCHAIN: NoSecretBox = {
  kind: 'unavailable',
  why: 'The keychain of this computer does not answer: it is locked, or it is not running.',
  toOpen: 'Unlock it, or log out of your desktop and in again; then restart Millrace.',
};
