import type { BlockHeader } from '#protocol/chain/chain-client.ts';
import { createLatest } from '#protocol/chain/latest.ts';
import {
  type ConnectionOptions,
  connectSubtensor,
  type SubtensorConnection,
} from '#protocol/chain/subtensor/connection.ts';
import { followHeads, type Heads } from '#protocol/chain/subtensor/follow-heads.ts';

/** A chain as the wallet needs it: to read from, to send to, and to see its blocks become final. */
export interface OrderChain {
  readonly connection: SubtensorConnection;
  readonly heads: Heads;
  close(): void;
}

/** Connects at once and reconnects by itself. @throws ProtocolError when an endpoint is not a WebSocket URL */
export function connectOrderChain(options: ConnectionOptions, warn: (message: string) => void): OrderChain {
  const connection = connectSubtensor(options);
  const heads: Heads = { best: createLatest<BlockHeader>(), finalized: createLatest<number>() };
  const stop = followHeads(connection, heads, warn);
  return {
    connection,
    heads,
    close() {
      stop();
      connection.close();
    },
  };
}
