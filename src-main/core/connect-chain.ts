import { WebSocket } from 'ws';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';

/** A client of the chain at `ws://…`; it connects and reconnects by itself. */
export const connectChain = (url: string): ChainClient =>
  createSubtensorClient({ endpoints: [url], webSocket: WebSocket });
