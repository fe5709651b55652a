import * as v from 'valibot';
import { type At, optionalStorage, runtimeApi, storage } from '#protocol/chain/subtensor/items.ts';
import { alphaAmount } from '#protocol/chain/subtensor/json-values.ts';
import { count, checkedHotkey as hotkey } from '#protocol/chain/wire-values.ts';
import { check } from '#protocol/envelope.ts';
import type { Hotkey } from '#protocol/ids.ts';
import { type Alpha, ZERO_ALPHA } from '#protocol/units.ts';
import { alphaOfShare, fixedPoint, safeFloat, type Share } from './stake-shares.ts';

export interface StakedAlpha {
  readonly hotkey: Hotkey;
  readonly netuid: number;
  readonly stake: Alpha;
  /** Of the hotkey's last epoch, for all who stake with it; 0 where the chain does not say. */
  readonly dividends: Alpha;
  readonly isRegistered: boolean;
}

const infoSchema = v.pipe(
  v.object({ hotkey, netuid: count, stake: alphaAmount, emission: alphaAmount, isRegistered: v.boolean() }),
  v.transform(({ emission, ...rest }): StakedAlpha => ({ ...rest, dividends: emission })),
);
const infosSchema = v.pipe(v.array(infoSchema), v.maxLength(100_000));

/** Everywhere that a coldkey has stake, by the runtime's own function, else from storage. @throws ProtocolError */
export async function readPositions(at: At, coldkey: string): Promise<readonly StakedAlpha[]> {
  const byApi = runtimeApi(at, 'stakeInfoRuntimeApi', 'getStakeInfoForColdkey');
  if (byApi === null) return positionsFromStorage(at, coldkey);
  return check(infosSchema, (await byApi(coldkey)).toJSON(), 'Stake');
}

/** What a coldkey has with one hotkey in one subnet. */
export async function readStake(at: At, who: { coldkey: string; hotkey: string; netuid: number }): Promise<Alpha> {
  const { coldkey, hotkey: key, netuid } = who;
  const byApi = runtimeApi(at, 'stakeInfoRuntimeApi', 'getStakeInfoForHotkeyColdkeyNetuid');
  if (byApi === null) return (await stakesFromStorage(at, coldkey, [[key, netuid]]))[0] ?? ZERO_ALPHA;
  const found = check(v.nullable(infoSchema), (await byApi(key, coldkey, netuid)).toJSON(), 'Stake');
  return found?.stake ?? ZERO_ALPHA;
}

export async function positionsFromStorage(at: At, coldkey: string): Promise<readonly StakedAlpha[]> {
  const pallet = (name: string) => storage(at, 'subtensorModule', name);
  const [staking, networks] = await Promise.all([pallet('stakingHotkeys')(coldkey), pallet('networksAdded').entries()]);
  const hotkeys = check(v.array(hotkey), staking.toJSON(), 'StakingHotkeys');
  const netuids = networks.map(([key]) => check(count, key.args[0]?.toJSON(), 'Netuid')).toSorted((a, b) => a - b);
  const places = netuids.flatMap((netuid) => hotkeys.map((key) => [key, netuid] as const));
  const [stakes, uids] = await Promise.all([
    stakesFromStorage(at, coldkey, places),
    pallet('uids').multi(places.map(([key, netuid]) => [netuid, key])),
  ]);
  return places
    .map(([key, netuid], i) => ({
      ...{ hotkey: key, netuid, stake: stakes[i] ?? ZERO_ALPHA, dividends: ZERO_ALPHA },
      isRegistered: uids[i] !== undefined && uids[i].toJSON() !== null,
    }))
    .filter(({ stake }) => stake > 0n);
}

/** Shares of each place; where a chain has both, the newer ones count unless they are nothing. */
async function stakesFromStorage(
  at: At,
  coldkey: string,
  places: readonly (readonly [hotkey: string, netuid: number])[],
): Promise<readonly Alpha[]> {
  const many = async <S extends v.GenericSchema>(name: string, schema: S, keys: readonly unknown[]) => {
    const item = optionalStorage(at, 'subtensorModule', name);
    const found = item === null || keys.length === 0 ? [] : await item.multi([...keys]);
    return found.map((value): v.InferOutput<S> => check(schema, value.toJSON(), name));
  };
  const owned = places.map(([key, netuid]) => [key, coldkey, netuid]);
  const all = places.map(([key, netuid]) => [key, netuid]);
  const [totals, own, allShares, ownBefore, allBefore] = await Promise.all([
    many('totalHotkeyAlpha', alphaAmount, all),
    many('alphaV2', safeFloat, owned),
    many('totalHotkeySharesV2', safeFloat, all),
    many('alpha', fixedPoint, owned),
    many('totalHotkeyShares', fixedPoint, all),
  ]);
  return places.map((_, i) =>
    alphaOfShare(totals[i] ?? ZERO_ALPHA, newer(own[i], ownBefore[i]), newer(allShares[i], allBefore[i])),
  );
}

const NO_SHARE: Share = { numerator: 0n, denominator: 1n };
const newer = (now: Share | undefined, before: Share | undefined): Share =>
  now !== undefined && now.numerator > 0n ? now : (before ?? NO_SHARE);
