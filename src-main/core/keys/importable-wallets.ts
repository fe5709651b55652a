import type { ImportableWallet } from '#protocol/contract/keys.ts';
import { listWallets } from '../btwallet/wallet-folder.ts';

/** More would be no list to choose from; the others can be named on the command line. */
const MAX_WALLETS = 50;
const MAX_HOTKEYS = 100;

/** What can be offered from a folder of btwallet's; decrypts nothing. @throws MillraceError STORAGE */
export async function findImportable(folder: string | null): Promise<readonly ImportableWallet[]> {
  if (folder === null) return [];
  const { wallets } = await listWallets(folder);
  return wallets.slice(0, MAX_WALLETS).map(({ name, hotkeys, coldkey, coldkeyAddress }) => ({
    name,
    hotkeys: hotkeys.slice(0, MAX_HOTKEYS).map((hotkey) => ({
      name: hotkey.name,
      address: hotkey.address,
      encrypted: hotkey.encryption !== 'none',
    })),
    coldkeyAddress,
    hasColdkey: coldkey !== null,
  }));
}
