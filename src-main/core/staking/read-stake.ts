import type { ApiPromise } from '@polkadot/api';
import * as v from 'valibot';
import { type At, runtimeApi } from '#protocol/chain/subtensor/items.ts';
import { alphaAmount } from '#protocol/chain/subtensor/json-values.ts';
import { count } from '#protocol/chain/wire-values.ts';
import { check } from '#protocol/envelope.ts';
import type { Coldkey } from '#protocol/ids.ts';
import { addAlpha, addRao, type Alpha, type Rao, ZERO_ALPHA, ZERO_RAO } from '#protocol/units.ts';
import { type Price, worthOf } from './amounts.ts';
import {
  type AccountMoney,
  atNewest,
  existentialDeposit,
  readColdkeySwap,
  readMoney,
  readPrice,
} from './chain-reads.ts';
import type { ColdkeySwap } from './facts.ts';
import { readPositions, type StakedAlpha } from './read-positions.ts';

interface Position extends StakedAlpha {
  /** In TAO at the block's price. Selling brings less: a trade moves the price, and costs. */
  readonly worth: Rao;
}

/** A lock is one of the coldkey's whole stake in a subnet, whichever hotkeys it lies with. */
interface SubnetStake {
  readonly netuid: number;
  readonly price: Price;
  readonly total: Alpha;
  readonly locked: Alpha;
  readonly available: Alpha;
}

/** All that a coldkey has, as of one block. */
export interface StakeOverview extends AccountMoney {
  readonly block: number;
  readonly existentialDeposit: Rao;
  readonly positions: readonly Position[];
  readonly subnets: readonly SubnetStake[];
  /** Of all positions together. */
  readonly stakedWorth: Rao;
  readonly swap: ColdkeySwap | null;
}

/** @throws ProtocolError when the chain's answer is none */
export async function readStakeOverview(api: ApiPromise, coldkey: Coldkey): Promise<StakeOverview> {
  const at = await atNewest(api);
  const [money, staked, availability, swap] = await Promise.all([
    readMoney(at, coldkey),
    readPositions(at, coldkey),
    readAvailability(at, coldkey),
    readColdkeySwap(at, coldkey),
  ]);
  const netuids = [...new Set(staked.map(({ netuid }) => netuid))];
  const prices = new Map(await Promise.all(netuids.map(async (each) => [each, await readPrice(at, each)] as const)));
  const priceOf = (netuid: number): Price => prices.get(netuid) ?? (0n as Price);
  const positions = staked.map((each) => ({ ...each, worth: worthOf(each.stake, priceOf(each.netuid)) }));
  return {
    ...money,
    ...{ block: at.number, existentialDeposit: existentialDeposit(at), positions, swap },
    subnets: netuids.map((netuid) => {
      const total = staked.reduce(
        (sum, each) => (each.netuid === netuid ? addAlpha(sum, each.stake) : sum),
        ZERO_ALPHA,
      );
      const known = availability.get(netuid) ?? { total, locked: ZERO_ALPHA, available: total };
      return { netuid, price: priceOf(netuid), ...known };
    }),
    stakedWorth: positions.reduce((sum, { worth }) => addRao(sum, worth), ZERO_RAO),
  };
}

type Availability = Pick<SubnetStake, 'total' | 'locked' | 'available'>;

const bySubnet = v.record(v.string(), v.object({ total: alphaAmount, locked: alphaAmount, available: alphaAmount }));
const availabilitySchema = v.record(v.string(), bySubnet);

/** By subnet; empty on a chain that knows no locks yet. */
export async function readAvailability(at: At, coldkey: string): Promise<ReadonlyMap<number, Availability>> {
  const byApi = runtimeApi(at, 'stakeInfoRuntimeApi', 'getStakeAvailabilityForColdkeys');
  if (byApi === null) return new Map();
  const found = check(availabilitySchema, (await byApi([coldkey], null)).toJSON(), 'Available stake');
  // It was asked for one coldkey.
  const [own = {}] = Object.values(found);
  return new Map(Object.entries(own).map(([netuid, each]) => [check(count, Number(netuid), 'Netuid'), each]));
}
