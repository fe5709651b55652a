import { MillraceError } from '#protocol/errors.ts';
import type { Coldkey, Hotkey } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import type { StoredKey } from './keys/key-file.ts';
import type { Keyring } from './keys/keyring.ts';
import type { Failure } from './supervision.ts';
import type { Wallet } from './keys/wallet.ts';

/** Who works and who is paid on one chain. The addresses stay as they are for as long as the chain is used. */
export interface SessionKeys {
  readonly hotkey: Hotkey | null;
  readonly coldkey: Coldkey | null;
  /** What the worker signs with. @throws MillraceError KEYS when it is missing or locked */
  readonly working: () => StoredKey;
}

/** Of the devnet's play money: always there. */
export const devnetKeys = ({ hotkey, coldkey }: Wallet): SessionKeys => ({
  ...{ hotkey: hotkeyOf(hotkey.pair), coldkey: coldkeyOf(coldkey.pair) },
  working: () => hotkey,
});

/** Of a real chain: the owner makes or imports them, and the hotkey may have to be unlocked. */
export function realKeys(keyring: Keyring): SessionKeys {
  const { hotkey, coldkey } = keyring.state();
  return {
    hotkey: hotkey.kind === 'missing' ? null : (hotkey.address as Hotkey),
    coldkey: coldkey.kind === 'missing' ? null : (coldkey.address as Coldkey),
    working: () => {
      const key = keyring.hotkey();
      if (key !== null) return key;
      throw new MillraceError('KEYS', keyProblem(keyring)?.message ?? 'The hotkey cannot be used');
    },
  };
}

/** Why the hotkey cannot work; `null` when it can. */
export function keyProblem(keyring: Pick<Keyring, 'state' | 'hotkey'>): Failure | null {
  const { hotkey } = keyring.state();
  if (hotkey.kind === 'missing') return { code: 'NO_HOTKEY', message: 'There is no hotkey for this network yet.' };
  if (hotkey.kind === 'locked') return { code: 'HOTKEY_LOCKED', message: hotkey.why ?? 'The hotkey is locked.' };
  // Imported from a file that holds its private key alone, which cannot be handed on.
  if (keyring.hotkey() === null) return { code: 'HOTKEY_LOCKED', message: 'The hotkey has no seed to work with.' };
  return null;
}

export const areSameKeys = (a: SessionKeys, b: SessionKeys): boolean =>
  a.hotkey === b.hotkey && a.coldkey === b.coldkey;
