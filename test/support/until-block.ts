import type { BlockHeader, ChainClient } from '#protocol/chain/chain-client.ts';

/** The first block that the client hears of with this number or a higher one. */
export const untilBlock = (chain: Pick<ChainClient, 'onBlock'>, number: number): Promise<BlockHeader> =>
  new Promise((resolve) => {
    const end = chain.onBlock((block) => {
      if (block.number < number) return;
      end();
      resolve(block);
    });
  });
