import * as v from 'valibot';
import { errorMessage } from '#protocol/errors.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { startBlockClock, systemTimers, type Timers } from './node/block-clock.ts';
import { genesisSchema } from './node/genesis.ts';
import { openChain } from './node/open-chain.ts';
import { rpcMethods } from './rpc/methods.ts';
import { startRpcServer } from './rpc/server.ts';
import { createDevnetRuntime } from './runtime/devnet-runtime.ts';
import type { State } from './runtime/state.ts';

/** As on the real chain. */
const USUAL_BLOCK_MS = 12_000;
/** What `system_version` says. */
const VERSION = '0.1.0';

/** Checks the first message to the process. The genesis is used for a new chain only; one that there is already goes on. */
export const devnetStartSchema = v.strictObject({
  kind: v.literal('start-devnet'),
  dataDir: v.pipe(v.string(), v.minLength(1)),
  /** 0: any free port. */
  port: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)),
  blockMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(10), v.maxValue(3_600_000)), USUAL_BLOCK_MS),
  genesis: genesisSchema,
});
export type CheckedDevnetStart = v.InferOutput<typeof devnetStartSchema>;

export interface DevnetPorts {
  readonly send: (message: ChildMessage) => void;
  readonly timers?: Timers;
  /** Milliseconds since 1970. */
  readonly wallMs?: () => number;
  /** Puts more into the state of a new chain's block 0. */
  readonly extraGenesis?: (state: State) => void;
}

export interface RunningDevnet {
  readonly url: string;
  /** Settles when a block cannot be made or stored: the chain has then stopped. */
  readonly failure: Promise<Error>;
  readonly stop: () => Promise<void>;
}

/** Opens the stored chain or begins one, serves it on the loopback interface and makes blocks. @throws MillraceError */
export async function runDevnet(
  { dataDir, port, blockMs, genesis: wished }: CheckedDevnetStart,
  { send, timers = systemTimers, wallMs = Date.now, extraGenesis = () => undefined }: DevnetPorts,
): Promise<RunningDevnet> {
  const log = (level: 'info' | 'warning', message: string): void => send({ kind: 'log', level, message });
  const { node, genesis, close } = openChain(dataDir, wished, extraGenesis, createDevnetRuntime({ blockMs }));
  const methods = rpcMethods(node, { name: genesis.name, version: VERSION });
  const server = await startRpcServer({ methods, port, log: (message) => log('warning', message) }).catch(
    (error: unknown) => {
      close();
      throw error;
    },
  );
  const { number } = node.head.header;
  log('info', `${genesis.name} (${node.genesisHash.slice(0, 8)}) at block ${number}, ${blockMs} ms a block`);

  let fail: (error: Error) => void;
  const failure = new Promise<Error>((resolve) => void (fail = resolve));
  const clock = startBlockClock(blockMs, timers, () => {
    try {
      node.produceBlock(wallMs());
    } catch (error) {
      clock.stop();
      fail(error instanceof Error ? error : new Error(errorMessage(error)));
    }
  });
  return {
    url: server.url,
    failure,
    stop: async () => {
      clock.stop();
      await server.close();
      close();
    },
  };
}
