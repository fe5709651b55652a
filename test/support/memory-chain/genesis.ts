import * as v from 'valibot';
import type { Neuron } from '#protocol/chain/chain-client.ts';
import { amountRao, checkedColdkey, checkedHotkey, u16 } from '#protocol/chain/wire-values.ts';
import type { Uid } from '#protocol/ids.ts';
import { ZERO_RAO } from '#protocol/units.ts';
import { extrinsicsRootOf, headerOf } from './block.ts';
import { type ChainState, type ChainTip, MAX_ISSUANCE_RAO, MAX_NEURONS } from './state.ts';

/** 10 TAO: keeps `tempo × emissionPerBlock` and years of blocks well inside a u64. */
const MAX_EMISSION_PER_BLOCK_RAO = 10_000_000_000n;
const NO_PARENT = '0'.repeat(64);

/** Checks a `DevnetGenesis`; its messages name the field. */
export const genesisSchema = v.pipe(
  v.strictObject({
    blockMs: v.pipe(v.number(), v.integer(), v.minValue(10), v.maxValue(3_600_000)),
    netuid: u16,
    tempo: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
    emissionPerBlockRao: v.optional(
      v.pipe(
        amountRao,
        v.check((amount) => amount <= MAX_EMISSION_PER_BLOCK_RAO, 'more than 10 TAO a block'),
      ),
      '1000000000',
    ),
    ownerHotkey: checkedHotkey,
    ownerColdkey: checkedColdkey,
    validators: v.pipe(
      v.array(v.strictObject({ hotkey: checkedHotkey, coldkey: checkedColdkey, stakeAlpha: amountRao })),
      v.maxLength(MAX_NEURONS),
      v.check((list) => areUnique(list.map(({ hotkey }) => hotkey)), 'a hotkey is listed twice'),
    ),
    balances: v.pipe(
      v.array(v.strictObject({ account: checkedColdkey, amountRao })),
      v.maxLength(10_000),
      v.check((list) => areUnique(list.map(({ account }) => account)), 'an account is listed twice'),
      v.check((list) => list.reduce((sum, each) => sum + each.amountRao, 0n) <= MAX_ISSUANCE_RAO, 'too much money'),
    ),
  }),
  v.check(
    ({ ownerHotkey, ownerColdkey, validators }) =>
      validators.every(({ hotkey, coldkey }) => hotkey !== ownerHotkey || coldkey === ownerColdkey),
    'the owner’s hotkey is a validator of another coldkey',
  ),
);
export type Genesis = v.InferOutput<typeof genesisSchema>;

/** Block 0. Time and salt make it unlike the genesis of any other devnet, so that calls cannot be replayed between them. */
export function genesisTip(genesis: Genesis, { nowMs, salt }: { nowMs: number; salt: string }): ChainTip {
  const { validators, balances, ...parameters } = genesis;
  const state: ChainState = {
    parameters: { name: 'Millrace devnet', ...parameters },
    balances: new Map(balances.map(({ account, amountRao }) => [account, amountRao])),
    neurons: validators.map(({ hotkey, coldkey, stakeAlpha: stakeRao }, index): Neuron => ({
      uid: index as Uid,
      hotkey,
      coldkey,
      stakeRao,
      validatorPermit: stakeRao > 0n,
      registeredAtBlock: 0,
      emissionRao: ZERO_RAO,
      incentive: 0,
    })),
    weights: new Map(),
    commitments: new Map(),
    nonces: new Map(),
  };
  const head = headerOf({
    number: 0,
    parentHash: NO_PARENT,
    timestampMs: nowMs,
    extrinsicsRoot: extrinsicsRootOf([]),
    state,
    salt,
  });
  return { genesisHash: head.hash, head, state };
}

const areUnique = (values: readonly string[]): boolean => new Set(values).size === values.length;
