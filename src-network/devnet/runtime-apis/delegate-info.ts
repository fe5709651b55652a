import { fromHex, toHex } from '#protocol/bytes.ts';
import { option, struct, tuple, vec } from '../scale/composites.ts';
import { accountId, compactU16, compactU64 } from '../scale/primitives.ts';
import type { ValueOf } from '../scale/scale-type.ts';
import { method, type RuntimeApi } from '../metadata/runtime-api.ts';
import { stakeOf, stakeOfHotkey } from '../pallets/subtensor/share-pool.ts';
import { emission, isNetworkMember, uids, validatorPermit } from '../pallets/subtensor/storage-neurons.ts';
import { tempo } from '../pallets/subtensor/storage-parameters.ts';
import { alphaV2, delegates, owner } from '../pallets/subtensor/storage-stake.ts';
import { ROOT } from '../pallets/subtensor/subnets.ts';
import { netUid } from '../pallets/subtensor/types.ts';
import type { State } from '../runtime/state.ts';
import { storageKey } from '../runtime/storage-key.ts';

const staked = tuple(compactU16, compactU64);
const delegateInfo = struct('pallet_subtensor::rpc_info::delegate_info::DelegateInfo', {
  delegateSs58: accountId,
  take: compactU16,
  nominators: vec(tuple(accountId, vec(staked))),
  ownerSs58: accountId,
  registrations: vec(compactU16),
  validatorPermits: vec(compactU16),
  returnPer1000: compactU64,
  totalDailyReturn: compactU64,
});
type DelegateInfo = ValueOf<typeof delegateInfo>;
type Stakes = readonly (readonly [number, bigint])[];

const BLOCKS_A_DAY = 7_200n;
const WHOLE_TAKE = 65_535n;
const THOUSAND_TAO_RAO = 1_000_000_000_000n;
/** Hex digits of an account, and of the hash before it. */
const ACCOUNT_HEX = 64;
const HASH_HEX = 32;

/** The account that a hashed key with more keys behind it begins with. */
const accountAt = (rest: string): Uint8Array => fromHex(rest.slice(HASH_HEX, HASH_HEX + ACCOUNT_HEX));

const subnetAt = (hex: string): number => netUid.codec.dec(fromHex(hex));

/** Hotkeys that others may stake with, in the order of storage. */
function delegateHotkeys(state: State): readonly Uint8Array[] {
  const prefix = storageKey(delegates, []);
  return state.keys(prefix).map((key) => accountAt(key.slice(prefix.length)));
}

/** Whoever has alpha with the hotkey, by account, with the subnets of each. */
function nominatorsOf(state: State, hotkey: Uint8Array): DelegateInfo['nominators'] {
  const prefix = storageKey(alphaV2, [hotkey]);
  const byAccount = new Map<string, [number, bigint][]>();
  for (const key of state.keys(prefix)) {
    const rest = key.slice(prefix.length);
    const coldkey = accountAt(rest);
    const netuid = subnetAt(rest.slice(HASH_HEX + ACCOUNT_HEX));
    const stakes = byAccount.get(toHex(coldkey)) ?? [];
    stakes.push([netuid, stakeOf(state, { hotkey, coldkey, netuid })]);
    byAccount.set(toHex(coldkey), stakes);
  }
  return [...byAccount]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([account, stakes]) => [fromHex(account), stakes] as const);
}

/** Subnets in which the hotkey has a neuron, in the order of storage. */
function registrationsOf(state: State, hotkey: Uint8Array): readonly number[] {
  const prefix = storageKey(isNetworkMember, [hotkey]);
  return state
    .keys(prefix)
    .map((key) => subnetAt(key.slice(prefix.length)))
    .filter((netuid) => state.get(isNetworkMember, hotkey, netuid));
}

/** Alpha a day over all its subnets, by their last epochs; times 2^32. */
function dailyBits(state: State, hotkey: Uint8Array, registrations: readonly number[]): bigint {
  return registrations.reduce((sum, netuid) => {
    const blocks = BigInt(state.get(tempo, netuid));
    const uid = state.find(uids, netuid, hotkey);
    if (blocks === 0n || uid === undefined) return sum;
    const paid = state.get(emission, netuid)[uid] ?? 0n;
    return sum + ((paid * BLOCKS_A_DAY) << 32n) / blocks;
  }, 0n);
}

/** What a day brings for each 1,000 TAO on root, without the take. Source: delegate_info.rs (return_per_1000_tao). */
function returnPerThousand(state: State, hotkey: Uint8Array, daily: bigint): bigint {
  const rootRao = stakeOfHotkey(state, hotkey, ROOT);
  if (rootRao === 0n) return 0n;
  const kept = WHOLE_TAKE - BigInt(state.get(delegates, hotkey));
  return ((daily * kept * THOUSAND_TAO_RAO) / (WHOLE_TAKE * rootRao)) >> 32n;
}

function infoOf(state: State, hotkey: Uint8Array, nominators: DelegateInfo['nominators']): DelegateInfo {
  const registrations = registrationsOf(state, hotkey);
  const daily = dailyBits(state, hotkey, registrations);
  return {
    delegateSs58: hotkey,
    take: state.get(delegates, hotkey),
    nominators,
    ownerSs58: state.get(owner, hotkey),
    registrations,
    validatorPermits: registrations.filter((netuid) => {
      const uid = state.find(uids, netuid, hotkey);
      return uid !== undefined && state.get(validatorPermit, netuid)[uid] === true;
    }),
    returnPer1000: returnPerThousand(state, hotkey, daily),
    totalDailyReturn: daily >> 32n,
  };
}

const withNominators = (state: State, hotkey: Uint8Array): DelegateInfo =>
  infoOf(state, hotkey, nominatorsOf(state, hotkey));

/** One entry for each subnet in which the coldkey has alpha with the hotkey. */
function stakesOf(state: State, hotkey: Uint8Array, coldkey: Uint8Array): Stakes {
  const prefix = storageKey(alphaV2, [hotkey, coldkey]);
  return state.keys(prefix).map((key) => {
    const netuid = subnetAt(key.slice(prefix.length));
    return [netuid, stakeOf(state, { hotkey, coldkey, netuid })] as const;
  });
}

/**
 * Hotkeys that others may stake with: what they take, who stakes, what they earn. The return counts stake on root only, as
 * on the chain. Source: pallets/subtensor/src/rpc_info/delegate_info.rs.
 */
export const delegateInfoApi: RuntimeApi = {
  name: 'DelegateInfoRuntimeApi',
  methods: {
    get_delegates: method({}, vec(delegateInfo), ({ state }) =>
      delegateHotkeys(state).map((hotkey) => withNominators(state, hotkey)),
    ),
    get_delegate: method({ delegateAccount: accountId }, option(delegateInfo), ({ state }, { delegateAccount }) =>
      state.find(delegates, delegateAccount) === undefined ? undefined : withNominators(state, delegateAccount),
    ),
    get_delegated: method(
      { delegateeAccount: accountId },
      vec(tuple(delegateInfo, staked)),
      ({ state }, { delegateeAccount }) =>
        delegateHotkeys(state).flatMap((hotkey) =>
          stakesOf(state, hotkey, delegateeAccount).map((stake) => [infoOf(state, hotkey, []), stake] as const),
        ),
    ),
  },
};
