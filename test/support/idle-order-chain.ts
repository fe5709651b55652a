import type { OrderChain } from '#main/core/staking/order-chain.ts';
import type { BlockHeader, ChainConnection } from '#protocol/chain/chain-client.ts';
import { createLatest } from '#protocol/chain/latest.ts';

/** A chain that is never reached. */
export const idleOrderChain = (): OrderChain => {
  const never = new Promise<never>(() => undefined);
  return {
    connection: {
      endpoints: [],
      state: createLatest<ChainConnection>(),
      ready: never,
      ask: () => never,
      act: () => never,
      leave: () => undefined,
      follow: () => never,
      endpoint: () => '',
      close: () => undefined,
    },
    heads: { best: createLatest<BlockHeader>(), finalized: createLatest<number>(), jumps: createLatest<number>() },
    nowMs: () => 0,
  };
};
