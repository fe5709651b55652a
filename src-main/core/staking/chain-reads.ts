import type { ApiPromise } from '@polkadot/api';
import * as v from 'valibot';
import { type At, optionalStorage, runtimeApi, storage } from '#protocol/chain/subtensor/items.ts';
import { alphaAmount, raoAmount } from '#protocol/chain/subtensor/json-values.ts';
import { count } from '#protocol/chain/wire-values.ts';
import { check } from '#protocol/envelope.ts';
import { type Alpha, type Rao, ZERO_RAO } from '#protocol/units.ts';
import { ONE_FOR_ONE, type Price, price } from './amounts.ts';
import type { BuyTrial, ColdkeySwap, PoolFacts, SellTrial } from './facts.ts';

/** Readings of one block that both the overview and the quotes need. Each throws ProtocolError when the chain's answer is none. */

export interface AtBlock extends At {
  readonly number: number;
}

/** Everything as of the newest block. */
export async function atNewest(api: ApiPromise): Promise<AtBlock> {
  const header = await api.rpc.chain.getHeader();
  const { query, call, consts } = await api.at(header.hash);
  return { query, call, consts, number: header.number.toNumber() };
}

export interface AccountMoney {
  readonly free: Rao;
  /** Held back for a deposit: still the account's, but not to be spent. */
  readonly reserved: Rao;
  /** Of the free part, what may not leave: vesting and the like. */
  readonly frozen: Rao;
}

const accountSchema = v.object({
  data: v.object({
    free: raoAmount,
    reserved: v.optional(raoAmount, 0),
    // Its name on chains of before 2023 is two, of which none is Subtensor's.
    frozen: v.optional(v.unknown()),
  }),
});

export async function readMoney(at: At, who: string): Promise<AccountMoney> {
  const { data } = check(accountSchema, (await storage(at, 'system', 'account')(who)).toJSON(), 'Account');
  const frozen = v.safeParse(raoAmount, data.frozen);
  return { free: data.free, reserved: data.reserved, frozen: frozen.success ? frozen.output : ZERO_RAO };
}

export const existentialDeposit = (at: At): Rao =>
  check(raoAmount, at.consts['balances']?.['existentialDeposit']?.toJSON() ?? 0, 'Existential deposit');

/** Nominal time between two blocks: Aura's slots are twice as long as the least that time must pass by. */
export const blockMs = (at: At): number =>
  2 * check(count, at.consts['timestamp']?.['minimumPeriod']?.toJSON() ?? 6_000, 'Minimum period');

/** The block, and the hash of the new coldkey, which is nobody's business here. */
const announcementSchema = v.pipe(
  v.array(v.unknown()),
  v.minLength(1),
  v.transform(([block]) => block),
  count,
);

export async function readColdkeySwap(at: At, coldkey: string): Promise<ColdkeySwap | null> {
  const of = async (name: string): Promise<unknown> =>
    (await optionalStorage(at, 'subtensorModule', name)?.(coldkey))?.toJSON() ?? null;
  const [announced, disputed] = await Promise.all([of('coldkeySwapAnnouncements'), of('coldkeySwapDisputes')]);
  if (announced === null) return null;
  return { fromBlock: check(announcementSchema, announced, 'Coldkey swap'), isDisputed: disputed !== null };
}

/** Whether alpha is traded in a pool there. */
export async function hasPool(at: At, netuid: number): Promise<boolean> {
  if (netuid === 0) return false;
  const mechanism = await optionalStorage(at, 'subtensorModule', 'subnetMechanism')?.(netuid);
  return mechanism === undefined || check(count, mechanism.toJSON(), 'Mechanism') === 1;
}

export async function readPrice(at: At, netuid: number): Promise<Price> {
  const current = runtimeApi(at, 'swapRuntimeApi', 'currentAlphaPrice');
  if (current !== null) return price(check(raoAmount, (await current(netuid)).toJSON(), 'Price'));
  if (!(await hasPool(at, netuid))) return ONE_FOR_ONE;
  const { tao, alpha: reserve, quoteWeight } = await readPool(at, netuid);
  const denominator = quoteWeight * reserve;
  return price(denominator === 0n ? 0n : ((WEIGHT_ONE - quoteWeight) * tao * ONE_FOR_ONE) / denominator);
}

const WEIGHT_ONE = 10n ** 18n;
const weightSchema = v.pipe(
  v.object({ quote: alphaAmount }),
  v.transform(({ quote }): bigint => quote),
);

/** Reserves, and the weight between them; equal ones where this chain has none. */
export async function readPool(at: At, netuid: number): Promise<PoolFacts> {
  const of = async (name: string): Promise<unknown> => (await storage(at, 'subtensorModule', name)(netuid)).toJSON();
  const [tao, reserve, weight] = await Promise.all([
    of('subnetTAO'),
    of('subnetAlphaIn'),
    optionalStorage(at, 'swap', 'swapBalancer')?.(netuid),
  ]);
  return {
    tao: check(raoAmount, tao, 'SubnetTAO'),
    alpha: check(alphaAmount, reserve, 'SubnetAlphaIn'),
    quoteWeight: weight === undefined ? WEIGHT_ONE / 2n : check(weightSchema, weight.toJSON(), 'SwapBalancer'),
  };
}

const trialSchema = v.object({
  ...{ taoAmount: raoAmount, taoFee: raoAmount, taoSlippage: raoAmount },
  ...{ alphaAmount, alphaFee: alphaAmount, alphaSlippage: alphaAmount },
});

/** What buying alpha for so many rao would do, the fee in them; `null` when the chain cannot say, which it does by zeros. */
export async function tryBuying(at: At, netuid: number, amount: Rao): Promise<BuyTrial | null> {
  const found = await trial(at, 'simSwapTaoForAlpha', netuid, amount);
  if (found === null) return null;
  return {
    ...{ taoIn: found.taoAmount, fee: found.taoFee, alphaOut: found.alphaAmount, missing: found.alphaSlippage },
  };
}

/** What selling so much alpha would do. */
export async function trySelling(at: At, netuid: number, amount: Alpha): Promise<SellTrial | null> {
  const found = await trial(at, 'simSwapAlphaForTao', netuid, amount);
  if (found === null) return null;
  return { alphaIn: found.alphaAmount, fee: found.alphaFee, taoOut: found.taoAmount, missing: found.taoSlippage };
}

async function trial(at: At, name: string, netuid: number, amount: bigint) {
  const simulate = runtimeApi(at, 'swapRuntimeApi', name);
  if (simulate === null || amount === 0n) return null;
  const found = check(trialSchema, (await simulate(netuid, amount)).toJSON(), 'Quote of the chain');
  return found.taoAmount === 0n || found.alphaAmount === 0n ? null : found;
}

/** A hotkey's coldkey, `null` when the chain does not know it: the zero account stands for nobody. */
export async function readOwner(at: At, hotkey: string): Promise<string | null> {
  const owner = check(
    v.nullable(v.string()),
    (await storage(at, 'subtensorModule', 'owner')(hotkey)).toJSON(),
    'Owner',
  );
  return owner === NOBODY ? null : owner;
}

/** The address of 32 zero bytes. */
export const NOBODY = '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM';
