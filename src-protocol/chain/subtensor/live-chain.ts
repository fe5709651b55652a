import type { BlockHeader } from '../chain-client.ts';
import { createLatest } from '../latest.ts';
import { type ConnectionOptions, connectSubtensor, type SubtensorConnection } from './connection.ts';
import { followHeads, type Heads } from './follow-heads.ts';

/** A connection to a chain and its newest blocks: whatever needs the chain shares them, and one of all closes them. */
export interface LiveChain {
  readonly connection: SubtensorConnection;
  readonly heads: Heads;
  /** This machine's clock. */
  readonly nowMs: () => number;
  close(): void;
}

/**
 * Connects at once and reconnects by itself.
 * @param warn is told what an owner should know: an endpoint that fell behind
 * @throws ProtocolError when an endpoint is not a WebSocket URL
 */
export function connectLiveChain(
  options: ConnectionOptions,
  warn: (message: string) => void,
  nowMs: () => number = Date.now,
): LiveChain {
  const connection = connectSubtensor(options);
  const heads: Heads = {
    best: createLatest<BlockHeader>(),
    finalized: createLatest<number>(),
    jumps: createLatest<number>(),
  };
  const stop = followHeads(connection, heads, warn, nowMs);
  return {
    connection,
    heads,
    nowMs,
    close() {
      stop();
      connection.close();
    },
  };
}
