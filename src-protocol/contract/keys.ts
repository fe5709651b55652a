import * as v from 'valibot';

/**
 * The keys of real chains as clients see them, and what clients may ask of them. No secret is ever part of the state: a recovery
 * phrase is in one reply alone, a password in one command alone.
 */
export type HotkeyState =
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'locked';
      readonly address: string;
      readonly sealedBy: 'os' | 'password';
      /** Why the system's keychain did not open it; `null` when a password is wanted. */
      readonly why: string | null;
    }
  | { readonly kind: 'ready'; readonly address: string; readonly sealedBy: 'os' | 'password' };

export type ColdkeyState =
  | { readonly kind: 'missing' }
  /** On this machine, opened by a password for one signature at a time. */
  | { readonly kind: 'encrypted'; readonly address: string }
  /** In a browser extension, which signs. `source` is how it calls itself. */
  | { readonly kind: 'extension'; readonly address: string; readonly source: string }
  | { readonly kind: 'watch-only'; readonly address: string };

/** A wallet that btcli or another tool of Bittensor's has left in `walletsFolder`. */
export interface ImportableWallet {
  readonly name: string;
  readonly hotkeys: ReadonlyArray<{
    readonly name: string;
    readonly address: string | null;
    readonly encrypted: boolean;
  }>;
  readonly coldkeyAddress: string | null;
  /** Whether the coldkey itself is there, not only its address. */
  readonly hasColdkey: boolean;
}

export interface KeysState {
  readonly hotkey: HotkeyState;
  readonly coldkey: ColdkeyState;
  /** Whether the operating system can keep a hotkey without a password, and why not. */
  readonly keychain: { readonly kind: 'os' } | { readonly kind: 'unavailable'; readonly why: string };
  /** Where wallets are looked for and exported to; `null`: nowhere. */
  readonly walletsFolder: string | null;
  readonly importable: readonly ImportableWallet[];
  /** A password is being worked on, which takes seconds. */
  readonly busy: boolean;
}

export const NO_KEYS: KeysState = {
  hotkey: { kind: 'missing' },
  coldkey: { kind: 'missing' },
  keychain: { kind: 'unavailable', why: 'Millrace has not looked for a keychain yet.' },
  walletsFolder: null,
  importable: [],
  busy: false,
};

/** Spaces around it do not count, because btwallet takes them away. */
export const MIN_PASSWORD_LENGTH = 8;
/** How many words of a new recovery phrase are asked for again. */
export const QUIZ_WORDS = 3;

/** No rule here but the length: a message of valibot's about any other one would quote the secret. */
const password = v.pipe(v.string(), v.maxLength(1024));
const optionalPassword = v.nullable(password);
const address = v.pipe(v.string(), v.maxLength(64));
const name = v.pipe(v.string(), v.maxLength(255));

export const keyCommands = {
  /** `password` where there is no keychain, or when the owner wants one. */
  'keys.create-hotkey': v.strictObject({ password: optionalPassword }),
  /** `null` asks the keychain again. */
  'keys.unlock-hotkey': v.strictObject({ password: optionalPassword }),
  /** Replies with a `NewColdkey`. Nothing is on the disk before it is confirmed. */
  'keys.create-coldkey': v.strictObject({ password }),
  'keys.confirm-coldkey': v.strictObject({
    id: v.pipe(v.string(), v.maxLength(64)),
    words: v.pipe(
      v.array(v.strictObject({ index: v.number(), word: v.pipe(v.string(), v.maxLength(64)) })),
      v.maxLength(24),
    ),
  }),
  'keys.import-wallet': v.strictObject({
    wallet: name,
    /** Its name; `null`: only the coldkey. */
    hotkey: v.nullable(name),
    /** Opens the hotkey's file if that is encrypted, and seals it here where there is no keychain. */
    hotkeyPassword: optionalPassword,
    coldkey: v.picklist(['none', 'watch-only', 'encrypted']),
    coldkeyPassword: optionalPassword,
  }),
  'keys.import-mnemonic': v.strictObject({
    key: v.picklist(['hotkey', 'coldkey']),
    phrase: v.pipe(v.string(), v.maxLength(512)),
    password: optionalPassword,
  }),
  'keys.watch': v.strictObject({ address }),
  /** Replies with an `ExportedKeys`. Never overwrites. A hotkey without a password is written as plain text, as btcli does. */
  'keys.export': v.strictObject({
    wallet: name,
    hotkey: v.nullable(name),
    hotkeyPassword: optionalPassword,
    coldkey: v.boolean(),
  }),
  /** `address` proves that the owner means this very key. */
  'keys.remove-hotkey': v.strictObject({ address }),
  'keys.remove-coldkey': v.strictObject({ address }),
  /** Looks for wallets again. */
  'keys.rescan': v.strictObject({}),
} as const;

/** What `keys.create-coldkey` replies, once. */
export interface NewColdkey {
  readonly id: string;
  readonly address: string;
  readonly words: readonly string[];
  /** Which words, from 0, are to be typed again. */
  readonly quiz: readonly number[];
}

/** What `keys.export` replies. */
export interface ExportedKeys {
  readonly paths: readonly string[];
}

export interface KeyResults {
  readonly 'keys.create-coldkey': NewColdkey;
  readonly 'keys.export': ExportedKeys;
}
