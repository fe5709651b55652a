import { compactU64, u64 } from '../scale/primitives.ts';
import { call, type Pallet, storageValue } from '../metadata/pallet.ts';
import { DispatchFailure } from '../runtime/call-context.ts';

const NAME = 'Timestamp';

/** Milliseconds since 1970, of this block. */
export const now = storageValue(NAME, 'Now', u64, 0n);

/** @param blockMs between two blocks; clients read its half, as on any chain of Substrate */
export const timestamp = (blockMs: number): Pallet => ({
  name: NAME,
  index: 2,
  calls: {
    set: call(0, { now: compactU64 }, ({ state, origin }, args) => {
      if (origin.kind !== 'none') throw new DispatchFailure(null, 'BadOrigin');
      state.set(now, args.now);
    }),
  },
  events: {},
  errors: {},
  storage: [now],
  constants: { MinimumPeriod: { type: u64, value: BigInt(Math.round(blockMs / 2)) } },
});
