import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { toHex } from '#protocol/bytes.ts';
import { amountRao, checkedColdkey, checkedHotkey, u16 } from '#protocol/chain/wire-values.ts';
import { errorMessage } from '#protocol/errors.ts';
import { rao, RAO_PER_TAO } from '#protocol/units.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { startBlockClock, systemTimers, type Timers } from './node/block-clock.ts';
import { foundRun } from './node/found-run.ts';
import { genesisSchema } from './node/genesis.ts';
import { openChain } from './node/open-chain.ts';
import { rpcMethods } from './rpc/methods.ts';
import { startRpcServer } from './rpc/server.ts';
import { createDevnetRuntime } from './runtime/devnet-runtime.ts';

/** What the faucet begins with. */
const FAUCET_RAO = rao(1_000_000n * RAO_PER_TAO);
const MAX_VALIDATORS = 256;
/** What `system_version` says. */
const VERSION = '0.1.0';

/** Checks a `ChainStart`; its messages name the field. The genesis is used for a new chain only; one that there is goes on. */
export const chainStartSchema = v.strictObject({
  kind: v.literal('start-chain'),
  dataDir: v.pipe(v.string(), v.minLength(1)),
  /** 0: any free port. */
  port: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)),
  genesis: v.strictObject({
    blockMs: v.pipe(v.number(), v.integer(), v.minValue(10), v.maxValue(3_600_000)),
    netuid: v.pipe(u16, v.minValue(1)),
    tempo: v.pipe(u16, v.minValue(1)),
    ownerHotkey: checkedHotkey,
    ownerColdkey: checkedColdkey,
    validators: v.pipe(
      v.array(v.strictObject({ hotkey: checkedHotkey, coldkey: checkedColdkey, stakeAlpha: amountRao })),
      v.maxLength(MAX_VALIDATORS),
      v.check((list) => new Set(list.map(({ hotkey }) => hotkey)).size === list.length, 'a hotkey is listed twice'),
    ),
    balances: genesisSchema.entries.balances,
  }),
});
type CheckedChainStart = v.InferOutput<typeof chainStartSchema>;

interface Clocks {
  readonly timers?: Timers;
  /** Milliseconds since 1970. */
  readonly wallMs?: () => number;
}

export interface RunningDevnet {
  readonly url: string;
  /** Settles when a block cannot be made or stored: the chain has then stopped. */
  readonly failure: Promise<Error>;
  readonly stop: () => Promise<void>;
}

/**
 * Opens the stored chain or begins one with a run's subnet in it, serves it on the loopback interface and makes blocks.
 * @throws MillraceError
 */
export async function runChain(
  { dataDir, port, genesis: wished }: CheckedChainStart,
  send: (message: ChildMessage) => void,
  { timers = systemTimers, wallMs = Date.now }: Clocks = {},
): Promise<RunningDevnet> {
  const { blockMs, balances } = wished;
  const log = (level: 'info' | 'warning', message: string): void => send({ kind: 'log', level, message });
  // Unlike any other devnet, so that nothing signed for one is valid on another.
  const chainId = `millrace-${toHex(randomBytes(8))}`;
  const named = { name: 'Millrace devnet', chainId, faucetRao: FAUCET_RAO, balances };
  const runtime = createDevnetRuntime({ blockMs });
  const { node, genesis, close } = openChain(dataDir, named, (state) => foundRun(state, wished), runtime);
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
