import { WebSocket } from 'ws';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { createRpcChainClient } from '#protocol/chain/rpc-client.ts';

/** A client of the chain at `ws://…`; it connects and reconnects by itself. */
export const connectChain = (url: string): ChainClient => createRpcChainClient({ url, webSocket: WebSocket });
