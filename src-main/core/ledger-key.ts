import type { Network } from './networks.ts';

/** Under which name the ledger has the payments of a chain with this first block: its own in each subnet, but a devnet has only one. */
export const ledgerKeyOf =
  ({ name, netuid }: Pick<Network, 'name' | 'netuid'>) =>
  (genesisHash: string): string =>
    name === 'devnet' ? genesisHash : `${genesisHash}#${netuid ?? ''}`;
