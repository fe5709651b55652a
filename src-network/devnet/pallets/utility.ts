import { Blake2256 } from '@polkadot-api/substrate-bindings';
import { concatBytes, utf8 } from '#protocol/bytes.ts';
import { vec } from '../scale/composites.ts';
import { enumeration, variant } from '../scale/enumeration.ts';
import { accountId, u16, u32 } from '../scale/primitives.ts';
import type { AnyType } from '../scale/scale-type.ts';
import { call, type Pallet } from '../metadata/pallet.ts';
import { refusedCall, refusedCalls, rootCall } from '../metadata/refused-calls.ts';
import { type DecodedCall, DispatchFailure, signerOf } from '../runtime/call-context.ts';
import { dispatchError, type DispatchErrorValue, weight } from '../runtime/system-types.ts';

const NAME = 'Utility';
/** As Substrate's: calls of the size of a block's at most. */
const MAX_BATCHED_CALLS = 10_922;

/** Ends a batch with the error of one of its calls. */
export class BatchFailure extends Error {
  override readonly name = 'BatchFailure';
  readonly error: DispatchErrorValue;

  constructor(error: DispatchErrorValue) {
    super('A call of the batch failed');
    this.error = error;
  }
}

const rawOrigin = enumeration('frame_support::dispatch::RawOrigin', {
  Root: variant(0, null),
  Signed: variant(1, accountId),
  None: variant(2, null),
});
const originCaller = enumeration('node_subtensor_runtime::OriginCaller', { system: variant(0, rawOrigin) });

/** Source: pallets/utility/src/lib.rs (derivative_account_id). */
const derivativeOf = (who: Uint8Array, index: number): Uint8Array =>
  Blake2256(concatBytes(utf8('modlpy/utilisuba'), who, u16.codec.enc(index)));

/** @param runtimeCall the type of all calls, which contains this pallet's */
export function utility(runtimeCall: AnyType): Pallet {
  const asOther = { asOrigin: originCaller, call: runtimeCall };
  /** Source: pallets/utility/src/lib.rs, whose calls are either here or done. */
  const refused = refusedCalls(NAME, {
    dispatch_as: rootCall(3, asOther),
    with_weight: rootCall(5, { call: runtimeCall, weight }),
    if_else: refusedCall(6, { main: runtimeCall, fallback: runtimeCall }),
    dispatch_as_fallible: rootCall(7, asOther),
  });
  return {
    name: NAME,
    index: 11,
    calls: {
      batch: call(0, { calls: vec(runtimeCall) }, (context, args) => {
        const calls = limited(args.calls as readonly DecodedCall[]);
        for (const [index, each] of calls.entries()) {
          const error = context.dispatch(each, context.origin);
          if (error !== null) {
            context.deposit(NAME, 'BatchInterrupted', { index, error });
            return;
          }
          context.deposit(NAME, 'ItemCompleted', undefined);
        }
        context.deposit(NAME, 'BatchCompleted', undefined);
      }),
      /** As an account of which nobody has the key, but the signer the say. */
      as_derivative: call(1, { index: u16, call: runtimeCall }, (context, { index, call: asked }) => {
        const account = derivativeOf(signerOf(context), index);
        const error = context.dispatch(asked as DecodedCall, { ...context.origin, kind: 'signed', account });
        if (error !== null) throw new BatchFailure(error);
      }),
      batch_all: call(2, { calls: vec(runtimeCall) }, (context, args) => {
        for (const each of limited(args.calls as readonly DecodedCall[])) {
          const error = context.dispatch(each, context.origin);
          if (error !== null) throw new BatchFailure(error);
          context.deposit(NAME, 'ItemCompleted', undefined);
        }
        context.deposit(NAME, 'BatchCompleted', undefined);
      }),
      force_batch: call(4, { calls: vec(runtimeCall) }, (context, args) => {
        let failed = false;
        for (const each of limited(args.calls as readonly DecodedCall[])) {
          const error = context.dispatch(each, context.origin);
          failed ||= error !== null;
          if (error === null) context.deposit(NAME, 'ItemCompleted', undefined);
          else context.deposit(NAME, 'ItemFailed', { error });
        }
        context.deposit(NAME, failed ? 'BatchCompletedWithErrors' : 'BatchCompleted', undefined);
      }),
      ...refused.calls,
    },
    events: {
      BatchInterrupted: variant(0, { fields: { index: u32, error: dispatchError } }),
      BatchCompleted: variant(1, null),
      BatchCompletedWithErrors: variant(2, null),
      ItemCompleted: variant(3, null),
      ItemFailed: variant(4, { fields: { error: dispatchError } }),
    },
    errors: {
      TooManyCalls: 'Too many calls in a batch',
      InvalidDerivedAccount: 'No account could be derived',
      ...refused.errors,
    },
    storage: [],
    constants: { batched_calls_limit: { type: u32, value: MAX_BATCHED_CALLS } },
  };
}

function limited(calls: readonly DecodedCall[]): readonly DecodedCall[] {
  if (calls.length > MAX_BATCHED_CALLS) throw new DispatchFailure(NAME, 'TooManyCalls');
  return calls;
}
