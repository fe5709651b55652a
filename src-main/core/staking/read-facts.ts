import type { ApiPromise } from '@polkadot/api';
import * as v from 'valibot';
import { optionalStorage, storage } from '#protocol/chain/subtensor/items.ts';
import { raoAmount } from '#protocol/chain/subtensor/json-values.ts';
import { count } from '#protocol/chain/wire-values.ts';
import { check } from '#protocol/envelope.ts';
import type { Coldkey } from '#protocol/ids.ts';
import { addRao, type Rao, ZERO_ALPHA, ZERO_RAO } from '#protocol/units.ts';
import { price, type Ratio } from './amounts.ts';
import * as reads from './chain-reads.ts';
import type {
  AccountFacts,
  BuyTrial,
  MarketFacts,
  MoveFacts,
  OrderFacts,
  PositionFacts,
  RegisterFacts,
  SellTrial,
} from './facts.ts';
import { orderCall } from './order-calls.ts';
import {
  EVERYTHING,
  type MoveOrder,
  type Order,
  type Place,
  type RegisterOrder,
  type TransferStakeOrder,
} from './orders.ts';
import type { QuoteLimit } from './quote.ts';
import { isAddress } from './quote-checks.ts';
import { placesOf } from './quote-move.ts';
import { readStake } from './read-positions.ts';
import { readAvailability } from './read-stake.ts';

interface Reading {
  readonly api: ApiPromise;
  readonly at: reads.AtBlock;
  readonly coldkey: Coldkey;
}

/**
 * Everything that a quote of this order needs, as of the newest block.
 * @throws ProtocolError when the chain's answer is none; MillraceError CHAIN_REFUSED when it lacks a call
 */
export async function readFacts(api: ApiPromise, coldkey: Coldkey, order: Order): Promise<OrderFacts> {
  const reading: Reading = { api, at: await reads.atNewest(api), coldkey };
  const { at } = reading;
  const account = await readAccount(reading, order);
  switch (order.kind) {
    case 'stake': {
      const market = await readMarket(at, order.netuid);
      const trial = market.exists ? await reads.tryBuying(at, order.netuid, order.amount) : null;
      return { kind: 'stake', account, market, trial, isHotkeyKnown: await isKnown(at, order.hotkey) };
    }
    case 'unstake': {
      const [market, position] = await Promise.all([readMarket(at, order.netuid), readPosition(reading, order)]);
      const amount = order.amount === EVERYTHING ? position.staked : order.amount;
      const trial = market.exists ? await reads.trySelling(at, order.netuid, amount) : null;
      return { kind: 'unstake', account, market, position, trial, isHotkeyKnown: await isKnown(at, order.hotkey) };
    }
    case 'move':
    case 'transfer-stake':
      return readMove(reading, order, account);
    case 'transfer': {
      const recipientFree = isAddress(order.to) ? (await reads.readMoney(at, order.to)).free : ZERO_RAO;
      return { kind: 'transfer', account, recipientFree };
    }
    case 'register':
      return readRegistration(reading, order, account);
  }
}

/** The fee is that of the same call with another limit, which is no longer and no shorter. */
async function readAccount({ api, at, coldkey }: Reading, order: Order): Promise<AccountFacts> {
  const [{ free, frozen }, swap, transactionFee] = await Promise.all([
    reads.readMoney(at, coldkey),
    reads.readColdkeySwap(at, coldkey),
    readFee(api, coldkey, order),
  ]);
  const usable = frozen > free ? ZERO_RAO : ((free - frozen) as Rao);
  return { block: at.number, free: usable, swap, transactionFee, existentialDeposit: reads.existentialDeposit(at) };
}

const dispatchInfo = v.object({ partialFee: raoAmount });

async function readFee(api: ApiPromise, coldkey: Coldkey, order: Order): Promise<Rao> {
  // What has no valid address is refused whatever it would cost.
  if (!addressesOf(order).every(isAddress)) return ZERO_RAO;
  const info = await orderCall(api, { order, quote: { limit: someLimit(order) } }).paymentInfo(coldkey);
  return check(dispatchInfo, info.toJSON(), 'Fee').partialFee;
}

function someLimit(order: Order): QuoteLimit {
  if (order.kind === 'register') return { kind: 'cost', cost: ZERO_RAO };
  if (order.kind === 'move') return { kind: 'ratio', ratio: 1n as Ratio, from: order.from.netuid, to: order.to.netuid };
  return { kind: 'price', price: price(1n) };
}

function addressesOf(order: Order): readonly string[] {
  switch (order.kind) {
    case 'stake':
    case 'unstake':
    case 'register':
      return [order.hotkey];
    case 'move':
      return [order.from.hotkey, order.to.hotkey];
    case 'transfer-stake':
      return [order.hotkey, order.toColdkey];
    case 'transfer':
      return [order.to];
  }
}

const isKnown = async (at: reads.AtBlock, hotkey: string): Promise<boolean> =>
  isAddress(hotkey) && (await reads.readOwner(at, hotkey)) !== null;

const NO_MARKET: MarketFacts = { exists: false, isTrading: false, price: price(0n), pool: null };

async function readMarket(at: reads.AtBlock, netuid: number): Promise<MarketFacts> {
  const flag = async (name: string): Promise<boolean> =>
    (await storage(at, 'subtensorModule', name)(netuid)).toJSON() === true;
  if (!(await flag('networksAdded'))) return NO_MARKET;
  const [isTrading, isPool, current] = await Promise.all([
    flag('subtokenEnabled'),
    reads.hasPool(at, netuid),
    reads.readPrice(at, netuid),
  ]);
  return { exists: true, isTrading, price: current, pool: isPool ? await reads.readPool(at, netuid) : null };
}

async function readPosition({ at, coldkey }: Reading, { hotkey, netuid }: Place): Promise<PositionFacts> {
  if (!isAddress(hotkey)) return { staked: ZERO_ALPHA, available: ZERO_ALPHA };
  const [staked, availability] = await Promise.all([
    readStake(at, { coldkey, hotkey, netuid }),
    readAvailability(at, coldkey),
  ]);
  const available = availability.get(netuid)?.available ?? staked;
  return { staked, available: available < staked ? available : staked };
}

async function readMove(
  reading: Reading,
  order: MoveOrder | TransferStakeOrder,
  account: AccountFacts,
): Promise<MoveFacts> {
  const { at } = reading;
  const { from, to } = placesOf(order);
  const [origin, destination, position, fromKnown, toKnown, mayBeGiven] = await Promise.all([
    readMarket(at, from.netuid),
    readMarket(at, to.netuid),
    readPosition(reading, from),
    isKnown(at, from.hotkey),
    isKnown(at, to.hotkey),
    mayLeave(at, [from.netuid, to.netuid]),
  ]);
  const amount = order.amount === EVERYTHING ? position.staked : order.amount;
  const isTrade = from.netuid !== to.netuid && origin.exists && destination.exists;
  const sale = isTrade ? await reads.trySelling(at, from.netuid, amount) : null;
  const purchase = sale === null ? null : await tryBuyingWith(at, to.netuid, sale, origin);
  return {
    ...{ kind: order.kind, account, origin, destination, position, mayBeGiven, sale, purchase },
    areHotkeysKnown: fromKnown && toKnown,
  };
}

/** On the way in there is a fee only for what comes from root; what the trial takes for one is put on top of what it gets. */
async function tryBuyingWith(
  at: reads.AtBlock,
  netuid: number,
  { taoOut }: SellTrial,
  origin: MarketFacts,
): Promise<BuyTrial | null> {
  const withFee = await reads.tryBuying(at, netuid, taoOut);
  if (withFee === null || withFee.fee === 0n || origin.pool === null) return withFee;
  return reads.tryBuying(at, netuid, addRao(taoOut, withFee.fee));
}

async function mayLeave(at: reads.AtBlock, netuids: readonly number[]): Promise<boolean> {
  const item = optionalStorage(at, 'subtensorModule', 'transferToggle');
  if (item === null) return true;
  return (await Promise.all(netuids.map((netuid) => item(netuid)))).every((toggle) => toggle.toJSON() === true);
}

async function readRegistration(
  { at, coldkey }: Reading,
  { hotkey, netuid }: RegisterOrder,
  account: AccountFacts,
): Promise<RegisterFacts> {
  const of = async (name: string, ...keys: readonly unknown[]): Promise<unknown> =>
    (await storage(at, 'subtensorModule', name)(...keys)).toJSON();
  const [exists, isOpen, cost, immunityBlocks, neurons, maxNeurons] = await Promise.all([
    of('networksAdded', netuid),
    of('networkRegistrationAllowed', netuid),
    of('burn', netuid),
    of('immunityPeriod', netuid),
    of('subnetworkN', netuid),
    of('maxAllowedUids', netuid),
  ]);
  const [uid, owner] = isAddress(hotkey)
    ? await Promise.all([of('uids', netuid, hotkey), reads.readOwner(at, hotkey)])
    : [null, null];
  return {
    ...{ kind: 'register', account, exists: exists === true, isOpen: isOpen === true },
    cost: check(raoAmount, cost, 'Burn'),
    isRegistered: uid !== null,
    isForeign: owner !== null && owner !== coldkey,
    immunityBlocks: check(count, immunityBlocks, 'ImmunityPeriod'),
    neurons: check(count, neurons, 'SubnetworkN'),
    maxNeurons: check(count, maxNeurons, 'MaxAllowedUids'),
    blockMs: reads.blockMs(at),
  };
}
