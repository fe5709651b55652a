import type { LiveChain } from '#protocol/chain/subtensor/live-chain.ts';

/** A chain as the wallet needs it: to read from, to send to, and to see its blocks become final. Who connected to it closes it. */
export type OrderChain = Pick<LiveChain, 'connection' | 'heads' | 'nowMs'>;
