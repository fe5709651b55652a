import type { Rao } from '#protocol/units.ts';
import { exactTao } from './amounts.ts';

export type RefusalReason =
  | 'not-an-address'
  | 'unknown-hotkey'
  | 'no-subnet'
  | 'not-trading'
  | 'coldkey-swap'
  | 'quote-failed'
  | 'nothing'
  | 'too-little'
  | 'too-much'
  | 'deposit'
  | 'fee'
  | 'locked'
  | 'beyond-limit'
  | 'needs-typing'
  | 'not-transferable'
  | 'same-place'
  | 'registered'
  | 'foreign-hotkey'
  | 'closed'
  | 'together';

/** An order that is not sent, because the chain would refuse it and keep the fee, or because it would cost its owner dearly. */
export interface OrderRefusal {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
  /** For the owner, with what to do about it. */
  readonly message: string;
}

export const refuse = (reason: RefusalReason, message: string): OrderRefusal => ({ kind: 'refused', reason, message });

export const tao = (amount: Rao): string => `${exactTao(amount)} TAO`;
