import { WebSocket } from 'ws';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import { connectOrderChain, type OrderChain } from './staking/order-chain.ts';

/** Of one reading for the owner, who waits for it. */
const ORDERS_TIMEOUT_MS = 20_000;

/** A client of the chain at `ws://…`; it connects and reconnects by itself. */
export const connectChain = (url: string): ChainClient =>
  createSubtensorClient({ endpoints: [url], webSocket: WebSocket });

/** The same for the owner's orders. */
export const connectOrders = (url: string, warn: (message: string) => void): OrderChain =>
  connectOrderChain({ endpoints: [url], webSocket: WebSocket, timeoutMs: ORDERS_TIMEOUT_MS }, warn);
