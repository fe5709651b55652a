import type { ValueOf } from '../scale/scale-type.ts';
import { vec } from '../scale/composites.ts';
import { enumeration, variant } from '../scale/enumeration.ts';
import { accountId, bool, compactU64, u64 } from '../scale/primitives.ts';
import { call, type Pallet } from '../metadata/pallet.ts';
import { refusedCall, refusedCalls, rootCall } from '../metadata/refused-calls.ts';
import { accountOf } from '../runtime/account-of.ts';
import { type CallContext, signerOf } from '../runtime/call-context.ts';
import { changeIssuance, totalIssuance } from '../runtime/issuance.ts';
import { debit, EXISTENTIAL_DEPOSIT, freeBalance, transfer } from '../runtime/money.ts';
import { multiAddress } from '../runtime/system-types.ts';

const NAME = 'Balances';

const accountAmount = { fields: { who: accountId, amount: u64 } };

const send = (context: CallContext, dest: ValueOf<typeof multiAddress>, amountRao: bigint, keepAlive: boolean): void =>
  transfer(context, { from: signerOf(context), to: accountOf(dest), amountRao, keepAlive });

const direction = enumeration('pallet_balances::types::AdjustmentDirection', {
  Increase: variant(0, null),
  Decrease: variant(1, null),
});

/** Source: pallet_balances of polkadot-sdk, whose calls are either here or done. */
const REFUSED = refusedCalls(NAME, {
  force_transfer: rootCall(2, { source: multiAddress, dest: multiAddress, value: compactU64 }),
  force_unreserve: rootCall(5, { who: multiAddress, amount: u64 }),
  upgrade_accounts: refusedCall(6, { who: vec(accountId) }),
  force_set_balance: rootCall(8, { who: multiAddress, newFree: compactU64 }),
  force_adjust_total_issuance: rootCall(9, { direction, delta: compactU64 }),
});

export const balances: Pallet = {
  name: NAME,
  index: 5,
  calls: {
    transfer_allow_death: call(0, { dest: multiAddress, value: compactU64 }, (context, { dest, value }) =>
      send(context, dest, value, false),
    ),
    transfer_keep_alive: call(3, { dest: multiAddress, value: compactU64 }, (context, { dest, value }) =>
      send(context, dest, value, true),
    ),
    transfer_all: call(4, { dest: multiAddress, keepAlive: bool }, (context, { dest, keepAlive }) => {
      const free = freeBalance(context.state, signerOf(context));
      send(context, dest, keepAlive ? free - EXISTENTIAL_DEPOSIT : free, keepAlive);
    }),
    burn: call(10, { value: compactU64, keepAlive: bool }, (context, { value, keepAlive }) => {
      const who = signerOf(context);
      debit(context, who, value, keepAlive);
      changeIssuance(context.state, -value);
      context.deposit(NAME, 'Burned', { who, amount: value });
    }),
    ...REFUSED.calls,
  },
  events: {
    Endowed: variant(0, { fields: { account: accountId, freeBalance: u64 } }),
    DustLost: variant(1, { fields: { account: accountId, amount: u64 } }),
    Transfer: variant(2, { fields: { from: accountId, to: accountId, amount: u64 } }),
    BalanceSet: variant(3, { fields: { who: accountId, free: u64 } }),
    Reserved: variant(4, accountAmount),
    Unreserved: variant(5, accountAmount),
    Deposit: variant(7, accountAmount),
    Withdraw: variant(8, accountAmount),
    Minted: variant(10, accountAmount),
    Burned: variant(11, accountAmount),
  },
  errors: {
    VestingBalance: 'The balance is still vesting',
    LiquidityRestrictions: 'The balance is locked',
    InsufficientBalance: 'The balance is too low',
    ExistentialDeposit: 'The amount is below what an account needs to exist',
    Expendability: 'The transfer would end the account',
    ExistingVestingSchedule: 'There is a vesting schedule already',
    DeadAccount: 'The account does not exist',
    TooManyReserves: 'Too many reserves',
    TooManyHolds: 'Too many holds',
    TooManyFreezes: 'Too many freezes',
    IssuanceDeactivated: 'The issuance cannot be changed',
    DeltaZero: 'Nothing would change',
    ...REFUSED.errors,
  },
  storage: [totalIssuance],
  constants: { ExistentialDeposit: { type: u64, value: EXISTENTIAL_DEPOSIT } },
};
