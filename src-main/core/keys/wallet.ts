import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '#protocol/errors.ts';
import { openKeyFile, type StoredKey } from './key-file.ts';

/**
 * The owner's play-money keys, for the devnet only: the seeds lie in files that only the owner may read (mode 0600). Keys of real
 * chains are the keyring's.
 */
export interface Wallet {
  /** Works: signs announcements and commitments. */
  readonly hotkey: StoredKey;
  /** Owns: registers the hotkey and receives the emission. Never given to a worker process. */
  readonly coldkey: StoredKey;
}

/**
 * Opens `home/wallet/`, creating both keys on the first run.
 * @throws MillraceError SETTINGS when a file is damaged or the coldkey alone is missing; nothing is overwritten
 */
export function openWallet(home: string, randomSeed: () => Uint8Array = () => randomBytes(32)): Wallet {
  const folder = join(home, 'wallet');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const coldkeyPath = join(folder, 'coldkey.json');
  const hotkeyPath = join(folder, 'hotkey.json');
  // The coldkey is written first, so a first run that was cut short never looks like this.
  if (existsSync(hotkeyPath) && !existsSync(coldkeyPath)) {
    throw new MillraceError(
      'SETTINGS',
      `${coldkeyPath} is missing, but ${hotkeyPath} exists. Restore the coldkey from a backup, or move the hotkey away to begin with new keys.`,
    );
  }
  const { coldkey } = openKeyFile(coldkeyPath, ['coldkey'], randomSeed);
  const { hotkey } = openKeyFile(hotkeyPath, ['hotkey'], randomSeed);
  return { hotkey, coldkey };
}
