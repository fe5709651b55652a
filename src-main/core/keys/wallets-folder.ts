import { join } from 'node:path';

/** Where btcli and other tools of Bittensor's keep their wallets. */
export const defaultWalletsFolder = (homeDirectory: string): string => join(homeDirectory, '.bittensor', 'wallets');
