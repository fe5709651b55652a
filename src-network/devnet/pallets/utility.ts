import { vec } from '../scale/composites.ts';
import { variant } from '../scale/enumeration.ts';
import { u32 } from '../scale/primitives.ts';
import type { AnyType } from '../scale/scale-type.ts';
import { call, type Pallet } from '../metadata/pallet.ts';
import { type DecodedCall, DispatchFailure } from '../runtime/call-context.ts';
import { dispatchError, type DispatchErrorValue } from '../runtime/system-types.ts';

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

/** @param runtimeCall the type of all calls, which contains this pallet's */
export function utility(runtimeCall: AnyType): Pallet {
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
      batch_all: call(2, { calls: vec(runtimeCall) }, (context, args) => {
        for (const each of limited(args.calls as readonly DecodedCall[])) {
          const error = context.dispatch(each, context.origin);
          if (error !== null) throw new BatchFailure(error);
          context.deposit(NAME, 'ItemCompleted', undefined);
        }
        context.deposit(NAME, 'BatchCompleted', undefined);
      }),
    },
    events: {
      BatchInterrupted: variant(0, { fields: { index: u32, error: dispatchError } }),
      BatchCompleted: variant(1, null),
      BatchCompletedWithErrors: variant(2, null),
      ItemCompleted: variant(3, null),
      ItemFailed: variant(4, { fields: { error: dispatchError } }),
    },
    errors: { TooManyCalls: 'Too many calls in a batch' },
    storage: [],
    constants: { batched_calls_limit: { type: u32, value: MAX_BATCHED_CALLS } },
  };
}

function limited(calls: readonly DecodedCall[]): readonly DecodedCall[] {
  if (calls.length > MAX_BATCHED_CALLS) throw new DispatchFailure(NAME, 'TooManyCalls');
  return calls;
}
