/**
 * What the operating system offers to keep a small secret with the owner's login. Text in and out, because Electron's
 * `safeStorage` knows nothing else; such text cannot be wiped.
 */
export type SecretBox =
  | { readonly kind: 'unavailable'; readonly why: string }
  | {
      readonly kind: 'os';
      /** @throws what the keychain throws, as when the owner declines */
      seal(text: string): Promise<Uint8Array>;
      /** @throws the same, and when the bytes were sealed by another login */
      open(sealed: Uint8Array): Promise<string>;
    };

export const NO_KEYCHAIN: SecretBox = {
  kind: 'unavailable',
  why: 'Without a window Millrace has no keychain to keep a hotkey in.',
};
