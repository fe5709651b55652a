import { WebSocket } from 'ws';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import type { ConnectionOptions } from '#protocol/chain/subtensor/connection.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import { connectOrderChain, type OrderChain } from './staking/order-chain.ts';

/** Of one reading for the owner, who waits for it. */
const ORDERS_TIMEOUT_MS = 20_000;

/** Where a chain answers, and what is to be told of it. */
export type ChainTarget = Pick<ConnectionOptions, 'endpoints' | 'checkGenesis' | 'onEndpoint'> & {
  readonly warn?: (message: string) => void;
};

/** A client of the chain that answers there; it connects and reconnects by itself. */
export const connectChain = (target: ChainTarget): ChainClient =>
  createSubtensorClient({ ...target, webSocket: WebSocket });

/** The same for the owner's orders. */
export const connectOrders = ({ warn = () => undefined, ...target }: ChainTarget): OrderChain =>
  connectOrderChain({ ...target, webSocket: WebSocket, timeoutMs: ORDERS_TIMEOUT_MS }, warn);
