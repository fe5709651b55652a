import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import * as v from 'valibot';
import { toHex } from '#protocol/bytes.ts';
import { errorMessage } from '#protocol/errors.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { startBlockClock } from './block-clock.ts';
import { genesisSchema, genesisTip } from './genesis.ts';
import { createChainNode } from './node.ts';
import { startRpcServer } from './rpc-server.ts';
import { openChainStore } from './store.ts';

/** Checks a `ChainStart`. */
export const chainStartSchema = v.strictObject({
  kind: v.literal('start-chain'),
  dataDir: v.pipe(v.string(), v.minLength(1)),
  port: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)),
  genesis: genesisSchema,
});
export type CheckedChainStart = v.InferOutput<typeof chainStartSchema>;

export interface RunningChain {
  readonly url: string;
  /** Settles when a block cannot be stored: the chain has then stopped producing. */
  readonly failure: Promise<Error>;
  stop(): Promise<void>;
}

/** Opens the stored chain or starts a new one, serves it and produces blocks. @throws MillraceError */
export async function runChain(
  { dataDir, port, genesis }: CheckedChainStart,
  send: (message: ChildMessage) => void,
): Promise<RunningChain> {
  const blockInputs = () => ({ nowMs: Date.now(), salt: toHex(randomBytes(16)) });
  const log = (level: 'info' | 'warning', message: string): void => send({ kind: 'log', level, message });

  const store = openChainStore(dataDir, () => genesisTip(genesis, blockInputs()));
  const node = createChainNode(store.tip, store);
  const server = await startRpcServer(node, port, (message) => log('warning', message)).catch((error: unknown) => {
    store.close();
    throw error;
  });

  const { genesisHash, head, state } = store.tip;
  log('info', `Chain ${genesisHash.slice(0, 8)} at block ${head.number}, ${state.parameters.blockMs} ms a block`);

  let fail: (error: Error) => void;
  const failure = new Promise<Error>((resolve) => void (fail = resolve));
  const clock = startBlockClock(
    state.parameters.blockMs,
    () => {
      try {
        node.produceBlock(blockInputs());
      } catch (error) {
        clock.stop();
        fail(error instanceof Error ? error : new Error(errorMessage(error)));
      }
    },
    () => performance.now(),
  );

  return {
    url: server.url,
    failure,
    async stop() {
      clock.stop();
      await server.close();
      store.close();
    },
  };
}
