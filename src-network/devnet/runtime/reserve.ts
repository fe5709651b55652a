import { account } from '../pallets/system.ts';
import { type CallContext, DispatchFailure } from './call-context.ts';
import { EXISTENTIAL_DEPOSIT } from './money.ts';

/**
 * Moves rao between what is free of an account and what is held back.
 * @param changeRao more (> 0) or less (< 0) held back
 * @throws DispatchFailure Balances.InsufficientBalance when too little would be left free
 */
export function holdBack(
  { state, deposit }: Pick<CallContext, 'state' | 'deposit'>,
  who: Uint8Array,
  changeRao: bigint,
): void {
  if (changeRao === 0n) return;
  const known = state.get(account, who);
  const { free, reserved } = known.data;
  if (changeRao > 0n && free - changeRao < EXISTENTIAL_DEPOSIT)
    throw new DispatchFailure('Balances', 'InsufficientBalance');
  const left = reserved + changeRao;
  const consumers = left > 0n ? 1 : 0;
  state.set(account, who, { ...known, consumers, data: { ...known.data, free: free - changeRao, reserved: left } });
  const amount = changeRao < 0n ? -changeRao : changeRao;
  deposit('Balances', changeRao > 0n ? 'Reserved' : 'Unreserved', { who, amount });
}
