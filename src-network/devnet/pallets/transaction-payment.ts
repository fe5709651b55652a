import { variant } from '../scale/enumeration.ts';
import { accountId, u64, u8 } from '../scale/primitives.ts';
import type { Pallet } from '../metadata/pallet.ts';

/** Fees are taken by the runtime itself, see `runtime/fees.ts`. */
export const transactionPayment: Pallet = {
  name: 'TransactionPayment',
  index: 6,
  calls: {},
  events: {
    TransactionFeePaid: variant(0, { fields: { who: accountId, actualFee: u64, tip: u64 } }),
  },
  errors: {},
  storage: [],
  constants: { OperationalFeeMultiplier: { type: u8, value: 5 } },
};
