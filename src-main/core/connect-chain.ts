import { WebSocket } from 'ws';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import type { ConnectionOptions } from '#protocol/chain/subtensor/connection.ts';
import { connectLiveChain } from '#protocol/chain/subtensor/live-chain.ts';
import { clientOfChain, READ_TIMEOUT_MS } from '#protocol/chain/subtensor/subtensor-client.ts';
import type { OrderChain } from './staking/order-chain.ts';

/** Where a chain answers, and what is to be told of it. */
export type ChainTarget = Pick<ConnectionOptions, 'endpoints' | 'checkGenesis' | 'onEndpoint'> & {
  readonly warn?: (message: string) => void;
};

/** One connection, as the app uses it and as the owner's orders do. */
export interface ChainAccess {
  /** Its `close` ends the connection for both. */
  readonly client: ChainClient;
  readonly orders: OrderChain;
}

/** Connects to the chain that answers there, and reconnects by itself. */
export function connectChain({ warn = () => undefined, ...target }: ChainTarget): ChainAccess {
  const live = connectLiveChain({ ...target, webSocket: WebSocket, timeoutMs: READ_TIMEOUT_MS }, warn);
  return { client: clientOfChain(live), orders: live };
}
