import type { DispatchErrorValue } from './system-types.ts';
import type { State } from './state.ts';

/** Who a call comes from: a signer, the chain itself, or nobody (an inherent). */
export type Origin = Signed | { readonly kind: 'root' } | { readonly kind: 'none' };

interface Signed {
  readonly kind: 'signed';
  readonly account: Uint8Array;
  /** What somebody who acts for the account may call; everything when it is missing. */
  readonly allows?: (call: DecodedCall) => boolean;
}

export interface DecodedCall {
  /** The pallet. */
  readonly type: string;
  /** The call by name, and its arguments. */
  readonly value: { readonly type: string; readonly value: unknown };
}

/** What a call sees of the chain. */
export interface CallContext {
  readonly state: State;
  readonly origin: Origin;
  readonly blockNumber: number;
  /** Says in the block's events what has happened. */
  readonly deposit: (pallet: string, event: string, value: unknown) => void;
  /**
   * Runs another call; nothing of it has happened when it fails.
   * @returns its error, `null` when it went well
   */
  readonly dispatch: (call: DecodedCall, origin: Origin) => DispatchErrorValue | null;
}

/** Ends a call: the chain refuses it with this error. */
export class DispatchFailure extends Error {
  readonly pallet: string | null;
  readonly reason: string;

  /** @param pallet whose error it is; `null` for one of DispatchError's own, e.g. `BadOrigin` */
  constructor(pallet: string | null, reason: string) {
    super(`${pallet ?? 'Dispatch'}.${reason}`);
    this.name = 'DispatchFailure';
    this.pallet = pallet;
    this.reason = reason;
  }
}

/** @throws DispatchFailure BadOrigin */
export function signerOf({ origin }: CallContext): Uint8Array {
  if (origin.kind !== 'signed') throw new DispatchFailure(null, 'BadOrigin');
  return origin.account;
}
