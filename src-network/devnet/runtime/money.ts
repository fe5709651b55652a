import { account } from '../pallets/system.ts';
import type { CallContext } from './call-context.ts';
import { DispatchFailure } from './call-context.ts';
import { changeIssuance } from './issuance.ts';
import type { State } from './state.ts';

/** Rao below which an account ceases to be (runtime/src/lib.rs: ExistentialDeposit). */
export const EXISTENTIAL_DEPOSIT = 500n;

export const freeBalance = (state: State, who: Uint8Array): bigint => state.get(account, who).data.free;

/** What is free beyond the deposit that keeps the account in being. */
export const spendable = (state: State, who: Uint8Array): bigint => {
  const free = freeBalance(state, who);
  return free > EXISTENTIAL_DEPOSIT ? free - EXISTENTIAL_DEPOSIT : 0n;
};

/** Gives rao that have come to be. */
export function issue(context: Pick<CallContext, 'state' | 'deposit'>, who: Uint8Array, amountRao: bigint): void {
  credit(context, who, amountRao);
  changeIssuance(context.state, amountRao);
}

/**
 * Moves rao from one account to another.
 * @param keepAlive whether the sender must stay in being
 * @throws DispatchFailure as of `debit` and `credit`
 */
export function transfer(
  context: Pick<CallContext, 'state' | 'deposit'>,
  { from, to, amountRao, keepAlive }: Transfer,
): void {
  debit(context, from, amountRao, keepAlive);
  credit(context, to, amountRao);
  context.deposit('Balances', 'Transfer', { from, to, amount: amountRao });
}

export interface Transfer {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly amountRao: bigint;
  readonly keepAlive: boolean;
}

/** Gives rao that come from somewhere: an account, an emission. */
function credit({ state, deposit }: Pick<CallContext, 'state' | 'deposit'>, who: Uint8Array, amountRao: bigint): void {
  if (amountRao === 0n) return;
  const known = state.get(account, who);
  if (known.providers === 0) {
    if (amountRao < EXISTENTIAL_DEPOSIT) throw new DispatchFailure('Token', 'BelowMinimum');
    deposit('System', 'NewAccount', { account: who });
    deposit('Balances', 'Endowed', { account: who, freeBalance: amountRao });
  }
  state.set(account, who, {
    ...known,
    providers: 1,
    data: { ...known.data, free: known.data.free + amountRao },
  });
}

/**
 * Takes rao.
 * @param keepAlive whether the account must stay in being; otherwise it is removed when less than the deposit is left, and the rest is dust
 * @throws DispatchFailure Token.FundsUnavailable, Token.NotExpendable
 */
export function debit(
  { state, deposit }: Pick<CallContext, 'state' | 'deposit'>,
  who: Uint8Array,
  amountRao: bigint,
  keepAlive: boolean,
): void {
  const known = state.get(account, who);
  const left = known.data.free - amountRao;
  if (left < 0n) throw new DispatchFailure('Token', 'FundsUnavailable');
  if (left >= EXISTENTIAL_DEPOSIT) {
    state.set(account, who, { ...known, data: { ...known.data, free: left } });
    return;
  }
  // What is held back needs its account.
  if (keepAlive || known.data.reserved > 0n) throw new DispatchFailure('Token', 'NotExpendable');
  if (left > 0n) {
    deposit('Balances', 'DustLost', { account: who, amount: left });
    changeIssuance(state, -left);
  }
  // The nonce stays, so that an old transaction cannot be sent again.
  if (known.nonce === 0) state.remove(account, who);
  else state.set(account, who, { ...known, providers: 0, data: { ...known.data, free: 0n } });
  deposit('System', 'KilledAccount', { account: who });
}
