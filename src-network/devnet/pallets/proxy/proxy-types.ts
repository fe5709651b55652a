import { enumeration, type EnumValue, variant } from '../../scale/enumeration.ts';
import type { DecodedCall } from '../../runtime/call-context.ts';

const NAMES = [
  'Any',
  'Owner',
  'NonCritical',
  'NonTransfer',
  'Senate',
  'NonFungible',
  'Triumvirate',
  'Governance',
  'Staking',
  'Registration',
  'Transfer',
  'SmallTransfer',
  'RootWeights',
  'ChildKeys',
  'SudoUncheckedSetCode',
  'SwapHotkey',
  'SubnetLeaseBeneficiary',
  'RootClaim',
] as const;

type ProxyTypeName = (typeof NAMES)[number];
type ProxyTypeVariants = Readonly<Record<ProxyTypeName, { readonly index: number; readonly body: null }>>;

/** What a proxy may do. Source: common/src/lib.rs. */
export const proxyType = enumeration<ProxyTypeVariants>(
  'subtensor_runtime_common::ProxyType',
  Object.fromEntries(NAMES.map((name, index) => [name, variant(index, null)])) as ProxyTypeVariants,
);
export type ProxyType = EnumValue<ProxyTypeVariants>;

export const numberOf = ({ type }: ProxyType): number => NAMES.indexOf(type);

/** 0.5, of TAO or of alpha. */
const SMALL_TRANSFER = 500_000_000n;

const OF_SUBTENSOR = (...calls: readonly string[]): readonly string[] => calls.map((call) => `SubtensorModule.${call}`);
const OF_ADMIN = (...calls: readonly string[]): readonly string[] => calls.map((call) => `AdminUtils.${call}`);

const COLDKEY_SWAP = OF_SUBTENSOR(
  ...['announce_coldkey_swap', 'swap_coldkey_announced', 'clear_coldkey_swap_announcement', 'dispute_coldkey_swap'],
);
const OLD_COLDKEY_SWAP = OF_SUBTENSOR('schedule_swap_coldkey', 'swap_coldkey');
const STAKING = OF_SUBTENSOR(
  ...['add_stake', 'remove_stake', 'unstake_all', 'unstake_all_alpha', 'swap_stake', 'swap_stake_limit', 'move_stake'],
  ...['add_stake_limit', 'remove_stake_limit', 'remove_stake_full_limit'],
);
const SWAP_HOTKEY = OF_SUBTENSOR('swap_hotkey', 'swap_hotkey_v2');
const SMALL = ['Balances.transfer_keep_alive', 'Balances.transfer_allow_death'];

/** Names of calls, or of whole pallets. */
type Rule =
  { readonly allow: readonly string[]; readonly except?: readonly string[] } | { readonly deny: readonly string[] };

const RULES: Readonly<Partial<Record<ProxyTypeName, Rule>>> = {
  Any: { deny: [] },
  NonTransfer: { deny: ['Balances', ...OF_SUBTENSOR('transfer_stake'), ...OLD_COLDKEY_SWAP, ...COLDKEY_SWAP] },
  NonFungible: {
    deny: [
      ...['Balances', ...STAKING, ...OF_SUBTENSOR('transfer_stake', 'burned_register', 'root_register')],
      ...[...OLD_COLDKEY_SWAP, ...COLDKEY_SWAP, ...SWAP_HOTKEY],
    ],
  },
  NonCritical: {
    deny: [...OF_SUBTENSOR('dissolve_network', 'root_register', 'burned_register'), 'Sudo', ...COLDKEY_SWAP],
  },
  Transfer: { allow: [...SMALL, 'Balances.transfer_all', ...OF_SUBTENSOR('transfer_stake')] },
  SmallTransfer: { allow: [...SMALL, ...OF_SUBTENSOR('transfer_stake')] },
  Owner: {
    allow: ['AdminUtils', ...OF_SUBTENSOR('set_subnet_identity', 'update_symbol')],
    except: OF_ADMIN('sudo_set_sn_owner_hotkey', 'sudo_set_subnet_owner_hotkey'),
  },
  Staking: { allow: [...STAKING, ...OF_SUBTENSOR('set_root_claim_type')] },
  Registration: { allow: OF_SUBTENSOR('burned_register', 'register', 'register_limit') },
  ChildKeys: { allow: OF_SUBTENSOR('set_children', 'set_childkey_take') },
  SwapHotkey: { allow: SWAP_HOTKEY },
  RootClaim: { allow: OF_SUBTENSOR('claim_root') },
};

const isNamed = (names: readonly string[], { type, value }: DecodedCall): boolean =>
  names.includes(type) || names.includes(`${type}.${value.type}`);

/**
 * Whether a proxy of this type may make a call; of types without a rule none may. Source: runtime/src/lib.rs
 * (define_proxy_filters), without those for subnet leases and for sudo, which there are not here.
 */
export function mayCall({ type }: ProxyType, call: DecodedCall): boolean {
  const rule = RULES[type] ?? { allow: [] };
  if ('deny' in rule) return !isNamed(rule.deny, call);
  if (!isNamed(rule.allow, call) || isNamed(rule.except ?? [], call)) return false;
  if (type !== 'SmallTransfer') return true;
  const { value, alphaAmount } = call.value.value as Readonly<Record<string, bigint | undefined>>;
  return (value ?? alphaAmount ?? SMALL_TRANSFER) < SMALL_TRANSFER;
}

/** Whether a proxy of type a may do what one of type b may. Source: runtime/src/lib.rs (is_superset). */
export function includes(a: ProxyType, b: ProxyType): boolean {
  if (a.type === b.type || a.type === 'Any') return true;
  if (b.type === 'Any') return false;
  if (a.type === 'NonTransfer') return b.type !== 'Transfer' && b.type !== 'SmallTransfer';
  return a.type === 'Transfer' && b.type === 'SmallTransfer';
}
