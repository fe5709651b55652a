import type { ValueOf } from '../scale/scale-type.ts';
import { variant } from '../scale/enumeration.ts';
import { accountId, bool, compactU64, u64 } from '../scale/primitives.ts';
import { call, type Pallet } from '../metadata/pallet.ts';
import { accountOf } from '../runtime/account-of.ts';
import { type CallContext, signerOf } from '../runtime/call-context.ts';
import { totalIssuance } from '../runtime/issuance.ts';
import { EXISTENTIAL_DEPOSIT, freeBalance, transfer } from '../runtime/money.ts';
import { multiAddress } from '../runtime/system-types.ts';

const NAME = 'Balances';

const accountAmount = { fields: { who: accountId, amount: u64 } };

const send = (context: CallContext, dest: ValueOf<typeof multiAddress>, amountRao: bigint, keepAlive: boolean): void =>
  transfer(context, { from: signerOf(context), to: accountOf(dest), amountRao, keepAlive });

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
  },
  storage: [totalIssuance],
  constants: { ExistentialDeposit: { type: u64, value: EXISTENTIAL_DEPOSIT } },
};
