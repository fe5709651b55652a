import * as v from 'valibot';

/** What the owner's browser extension is asked for, as everybody who shows it sees it. Plain JSON. */

/** One line of what is to be signed, in words: main wrote it, pages only show it. */
export interface ShownLine {
  readonly label: string;
  readonly value: string;
}

export interface ShownCall {
  /** Such as `Stake 5 TAO on subnet 1`. */
  readonly title: string;
  /** Amounts, fee, limit: what the quote says. */
  readonly lines: readonly ShownLine[];
  /** The call itself, decoded by main from the bytes that are signed. */
  readonly call: readonly ShownLine[];
}

/** Says who it is; nothing of it is believed. */
export interface FoundExtension {
  readonly name: string;
  readonly version: string;
}

/** What the page says was chosen. */
interface ChosenAccount {
  /** SS58 with prefix 42. */
  readonly address: string;
  /** As its owner calls it; may be empty. */
  readonly name: string;
  /** The extension's name. */
  readonly source: string;
}

type ExtensionPurpose = 'connect' | 'sign';

export type ExtensionState =
  | { readonly kind: 'idle' }
  /** Nobody has opened the page, or its tab was closed. */
  | {
      readonly kind: 'waiting-for-browser';
      readonly purpose: ExtensionPurpose;
      /** Opens the page once. */
      readonly url: string;
      readonly expiresAtMs: number;
      /** `null`: an account is chosen, nothing is signed. */
      readonly shown: ShownCall | null;
    }
  /** The page is open and has looked for extensions. */
  | {
      readonly kind: 'waiting-for-extension';
      readonly purpose: ExtensionPurpose;
      readonly extensions: readonly FoundExtension[];
      readonly expiresAtMs: number;
      readonly shown: ShownCall | null;
    }
  /** An account was chosen, or another program on this machine says so: nothing of it is kept until the owner has compared it. */
  | { readonly kind: 'confirming'; readonly account: ChosenAccount }
  | { readonly kind: 'failed'; readonly purpose: ExtensionPurpose; readonly code: string; readonly message: string };

export const extensionCommands = {
  /** Lets the owner choose an account, which is asked about before it becomes the coldkey. Answers at once; how it goes on is in the state. */
  'extension.connect': v.strictObject({}),
  /** Keeps the account that the state asks about. */
  'extension.confirm': v.strictObject({ address: v.pipe(v.string(), v.maxLength(64)) }),
  /** The owner does not want what the extension is asked for now, or the account that is asked about. */
  'extension.cancel': v.strictObject({}),
} as const;
