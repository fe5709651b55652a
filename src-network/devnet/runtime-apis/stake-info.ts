import { toHex } from '#protocol/bytes.ts';
import { btreeMap, option, struct, tuple, vec } from '../scale/composites.ts';
import { accountId, bool, compactU16, compactU64, u64 } from '../scale/primitives.ts';
import type { ValueOf } from '../scale/scale-type.ts';
import { type ApiContext, method, type RuntimeApi } from '../metadata/runtime-api.ts';
import { sameAccount } from '../pallets/subtensor/account-list.ts';
import { convictionOf, mostConvicted } from '../pallets/subtensor/conviction.ts';
import { lockOf, type LockView, type StakeAvailability, stakeAvailability } from '../pallets/subtensor/locks.ts';
import { approximateFee } from '../pallets/subtensor/market.ts';
import { type Position, stakeOf } from '../pallets/subtensor/share-pool.ts';
import { uids } from '../pallets/subtensor/storage-neurons.ts';
import { alphaDividendsPerSubnet, stakingHotkeys } from '../pallets/subtensor/storage-stake.ts';
import { networksAdded } from '../pallets/subtensor/storage-subnet.ts';
import { ROOT, subnets } from '../pallets/subtensor/subnets.ts';
import { lockState, netUid, u64f64 } from '../pallets/subtensor/types.ts';
import type { State } from '../runtime/state.ts';

const stakeInfo = struct('pallet_subtensor::rpc_info::stake_info::StakeInfo', {
  hotkey: accountId,
  coldkey: accountId,
  netuid: compactU16,
  stake: compactU64,
  locked: compactU64,
  emission: compactU64,
  taoEmission: compactU64,
  drain: compactU64,
  isRegistered: bool,
});
const availabilityType = struct('pallet_subtensor::rpc_info::stake_info::StakeAvailability', {
  total: compactU64,
  locked: compactU64,
  available: compactU64,
});
const infos = vec(stakeInfo);
const place = option(tuple(accountId, netUid));

/** `emission` is the hotkey's dividends of its last epoch; what is 0 here is 0 on the chain too. */
const infoOf = (state: State, position: Position): ValueOf<typeof stakeInfo> => ({
  ...position,
  stake: stakeOf(state, position),
  locked: 0n,
  emission: state.get(alphaDividendsPerSubnet, position.netuid, position.hotkey),
  taoEmission: 0n,
  drain: 0n,
  isRegistered: state.find(uids, position.netuid, position.hotkey) !== undefined,
});

/** Subnet by subnet, in each by the order in which the coldkey came to the hotkeys. */
const infosOf = (state: State, coldkey: Uint8Array): ValueOf<typeof infos> =>
  subnets(state)
    .flatMap((netuid) => state.get(stakingHotkeys, coldkey).map((hotkey) => infoOf(state, { hotkey, coldkey, netuid })))
    .filter(({ stake }) => stake > 0n);

const viewOf = ({ state, nextBlock }: ApiContext): LockView => ({ state, blockNumber: nextBlock - 1 });

/**
 * Who has staked what, and what of it is locked. Source:
 * pallets/subtensor/src/rpc_info/stake_info.rs.
 */
export const stakeInfoApi: RuntimeApi = {
  name: 'StakeInfoRuntimeApi',
  methods: {
    get_stake_info_for_coldkey: method({ coldkeyAccount: accountId }, infos, ({ state }, { coldkeyAccount }) =>
      infosOf(state, coldkeyAccount),
    ),
    get_stake_info_for_coldkeys: method(
      { coldkeyAccounts: vec(accountId) },
      vec(tuple(accountId, infos)),
      ({ state }, { coldkeyAccounts }) => coldkeyAccounts.map((coldkey) => [coldkey, infosOf(state, coldkey)] as const),
    ),
    get_stake_info_for_hotkey_coldkey_netuid: method(
      { hotkeyAccount: accountId, coldkeyAccount: accountId, netuid: netUid },
      option(stakeInfo),
      ({ state }, { hotkeyAccount, coldkeyAccount, netuid }) =>
        infoOf(state, { hotkey: hotkeyAccount, coldkey: coldkeyAccount, netuid }),
    ),
    get_stake_availability_for_coldkeys: method(
      { coldkeyAccounts: vec(accountId), netuids: option(vec(netUid)) },
      btreeMap(accountId, btreeMap(netUid, availabilityType)),
      (context, { coldkeyAccounts, netuids }) => {
        const asked = askedSubnets(context.state, netuids);
        return sortedAccounts(coldkeyAccounts).map(
          (coldkey) => [coldkey, availability(viewOf(context), coldkey, asked)] as const,
        );
      },
    ),
    get_coldkey_lock: method(
      { coldkey: accountId, netuid: netUid },
      option(lockState),
      (context, { coldkey, netuid }) => lockOf(viewOf(context), coldkey, netuid)?.lock,
    ),
    get_hotkey_conviction: method({ hotkey: accountId, netuid: netUid }, u64f64, (context, { hotkey, netuid }) => ({
      bits: convictionOf(viewOf(context), hotkey, netuid),
    })),
    get_most_convicted_hotkey_on_subnet: method({ netuid: netUid }, option(accountId), (context, { netuid }) =>
      mostConvicted(viewOf(context), netuid),
    ),
    /** Of the way in, or of the way out when there is none; asked in alpha or rao, answered in the same. */
    get_stake_fee: method(
      {
        origin: place,
        originColdkeyAccount: accountId,
        destination: place,
        destinationColdkeyAccount: accountId,
        amount: u64,
      },
      u64,
      ({ state }, { origin, destination, amount }) =>
        samePlace(origin, destination) ? 0n : approximateFee(state, (destination ?? origin)?.[1] ?? ROOT, amount),
    ),
  },
};

type Place = ValueOf<typeof place>;

function samePlace(a: Place, b: Place): boolean {
  if (a === undefined || b === undefined) return a === b;
  return sameAccount(a[0], b[0]) && a[1] === b[1];
}

/** None when the list is empty or longer than there are subnets. */
function askedSubnets(state: State, netuids: readonly number[] | undefined): readonly number[] {
  const existing = subnets(state);
  const asked = [...new Set(netuids ?? existing)].toSorted((a, b) => a - b);
  if (asked.length === 0 || asked.length > existing.length) return [];
  return asked.filter((netuid) => state.get(networksAdded, netuid));
}

function availability(
  view: LockView,
  coldkey: Uint8Array,
  netuids: readonly number[],
): readonly (readonly [number, StakeAvailability])[] {
  return netuids.flatMap((netuid) => {
    const found = stakeAvailability(view, coldkey, netuid);
    return found.total === 0n ? [] : [[netuid, found] as const];
  });
}

const sortedAccounts = (accounts: readonly Uint8Array[]): readonly Uint8Array[] =>
  [...new Map(accounts.map((account) => [toHex(account), account]))]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, account]) => account);
