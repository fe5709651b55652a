import type { Coldkey, Hotkey } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { MillraceError } from '#protocol/errors.ts';
import type { Failure } from '../supervision.ts';
import type { Wallet } from '../wallet.ts';
import type { Keyring } from './keyring.ts';

/** Whose keys work with a chain. The devnet's lie in plain files, and so they are used nowhere else. */
export interface SessionKeys {
  readonly hotkey: Hotkey | null;
  readonly coldkey: Coldkey | null;
  /** Why no work can begin, or `null`. */
  readonly problem: Failure | null;
  /** For the worker's first message, which is the only way out of this process. @throws MillraceError KEYS while it is locked */
  readonly hotkeySeedHex: () => string;
}

export const keysOfDevnet = ({ hotkey, coldkey }: Wallet): SessionKeys => ({
  ...{ hotkey: hotkeyOf(hotkey.pair), coldkey: coldkeyOf(coldkey.pair), problem: null },
  hotkeySeedHex: () => hotkey.seedHex,
});

/** As they are now: ask again when they change. */
export function keysOfRing(keyring: Keyring): SessionKeys {
  const { hotkey, coldkey } = keyring.state();
  return {
    hotkey: hotkey.kind === 'missing' ? null : (hotkey.address as Hotkey),
    coldkey: coldkey.kind === 'missing' ? null : (coldkey.address as Coldkey),
    problem:
      hotkey.kind === 'missing'
        ? { code: 'NO_HOTKEY', message: 'There is no hotkey for real chains on this machine yet.' }
        : hotkey.kind === 'locked'
          ? { code: 'HOTKEY_LOCKED', message: hotkey.why ?? 'The hotkey is locked by its password.' }
          : null,
    hotkeySeedHex: () => {
      const open = keyring.hotkey();
      if (open === null) throw new MillraceError('KEYS', 'The hotkey is locked');
      return open.seedHex;
    },
  };
}

/** Two of these are the same keys when their words are. */
export const wordsOfKeys = ({ hotkey, coldkey, problem }: SessionKeys): string =>
  JSON.stringify([hotkey, coldkey, problem]);
