import { FINNEY_GENESIS } from '#protocol/chain/genesis.ts';

/** Where blocks of known chains can be looked at, by genesis hash. Pages that take a block's number: a hash they do not. */
const EXPLORERS: Readonly<Record<string, (block: number) => string>> = {
  // The page asks the named node itself.
  [FINNEY_GENESIS]: (block) =>
    `https://polkadot.js.org/apps/?rpc=${encodeURIComponent('wss://entrypoint-finney.opentensor.ai:443')}#/explorer/query/${block}`,
};

/** @param genesisHash hex, 64 digits; `null` for a chain that nobody shows */
export const explorerUrl = (genesisHash: string, block: number): string | null =>
  EXPLORERS[genesisHash]?.(block) ?? null;

/** Whether `explorerUrl` makes this address for some block: nothing else of an explorer's site is opened for a page. */
export function isExplorerUrl(url: string): boolean {
  const block = /\/(\d{1,10})$/.exec(url)?.[1];
  return block !== undefined && Object.values(EXPLORERS).some((urlOf) => urlOf(Number(block)) === url);
}
