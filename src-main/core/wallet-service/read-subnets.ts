import type { ApiPromise } from '@polkadot/api';
import * as v from 'valibot';
import { runtimeApi, storage } from '#protocol/chain/subtensor/items.ts';
import { raoAmount } from '#protocol/chain/subtensor/json-values.ts';
import { u16 } from '#protocol/chain/wire-values.ts';
import type { SubnetSummary } from '#protocol/contract/wallet.ts';
import { check } from '#protocol/envelope.ts';
import { type AtBlock, atNewest, readPrice } from '../staking/chain-reads.ts';
import { untrustedName } from './untrusted-name.ts';

/** The chain has a hundred or so. */
const MAX_SUBNETS = 1_024;

const infosSchema = v.pipe(
  v.array(
    v.nullable(
      v.object({ netuid: u16, subnetName: v.pipe(v.array(v.pipe(u16, v.maxValue(255))), v.maxLength(1_024)) }),
    ),
  ),
  v.maxLength(MAX_SUBNETS),
);
const pricesSchema = v.pipe(v.array(v.object({ netuid: u16, price: raoAmount })), v.maxLength(MAX_SUBNETS));

/** All subnets by number, as of the newest block. @throws ProtocolError when the chain's answer is none */
export async function readSubnets(api: ApiPromise): Promise<readonly SubnetSummary[]> {
  const at = await atNewest(api);
  const names = await readNames(at);
  const netuids = [...names.keys()].toSorted((a, b) => a - b);
  const [prices, trading] = await Promise.all([
    readPrices(at, netuids),
    storage(at, 'subtensorModule', 'subtokenEnabled').multi(netuids),
  ]);
  return netuids.map((netuid, i) => ({
    ...{ netuid, name: names.get(netuid) ?? null, priceRao: (prices.get(netuid) ?? 0n).toString() },
    isTrading: trading[i]?.toJSON() === true,
  }));
}

/** Of every subnet that there is; without the runtime's function none has a name. */
async function readNames(at: AtBlock): Promise<ReadonlyMap<number, string | null>> {
  const byApi = runtimeApi(at, 'subnetInfoRuntimeApi', 'getAllDynamicInfo');
  if (byApi !== null) {
    const infos = check(infosSchema, (await byApi()).toJSON(), 'Subnets');
    return new Map(
      infos
        .filter((info) => info !== null)
        .map(({ netuid, subnetName }) => [netuid, untrustedName(Uint8Array.from(subnetName))]),
    );
  }
  const networks = await storage(at, 'subtensorModule', 'networksAdded').entriesPaged({
    args: [],
    pageSize: MAX_SUBNETS,
  });
  return new Map(
    networks
      .filter(([, isThere]) => isThere.toJSON() === true)
      .map(([key]) => [check(u16, key.args[0]?.toJSON(), 'Netuid'), null]),
  );
}

async function readPrices(at: AtBlock, netuids: readonly number[]): Promise<ReadonlyMap<number, bigint>> {
  const byApi = runtimeApi(at, 'swapRuntimeApi', 'currentAlphaPriceAll');
  if (byApi === null) {
    return new Map(await Promise.all(netuids.map(async (netuid) => [netuid, await readPrice(at, netuid)] as const)));
  }
  const prices = check(pricesSchema, (await byApi()).toJSON(), 'Prices');
  return new Map(prices.map(({ netuid, price }) => [netuid, price]));
}
