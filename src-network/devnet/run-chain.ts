import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { toHex } from '#protocol/bytes.ts';
import { amountRao, checkedColdkey, checkedHotkey, u16 } from '#protocol/chain/wire-values.ts';
import { rao, RAO_PER_TAO } from '#protocol/units.ts';
import { foundRun } from './node/found-run.ts';
import { genesisSchema } from './node/genesis.ts';
import { type DevnetPorts, type RunningDevnet, runDevnet } from './run-devnet.ts';

/** What the faucet begins with. */
const FAUCET_RAO = rao(1_000_000n * RAO_PER_TAO);
const MAX_VALIDATORS = 256;

/** Checks a `ChainStart`; its messages name the field. */
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
export type CheckedChainStart = v.InferOutput<typeof chainStartSchema>;

/** Opens the stored chain or begins one with a run's subnet in it, serves it and makes blocks. @throws MillraceError */
export function runChain(
  { dataDir, port, genesis }: CheckedChainStart,
  send: DevnetPorts['send'],
): Promise<RunningDevnet> {
  const { blockMs, balances } = genesis;
  // Unlike any other devnet, so that nothing signed for one is valid on another.
  const chainId = `millrace-${toHex(randomBytes(8))}`;
  const named = { name: 'Millrace devnet', chainId, faucetRao: FAUCET_RAO, balances };
  return runDevnet(
    { kind: 'start-devnet', dataDir, port, blockMs, genesis: named },
    { send, extraGenesis: (state) => foundRun(state, genesis) },
  );
}
