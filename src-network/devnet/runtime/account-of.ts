import type { ValueOf } from '../scale/scale-type.ts';
import { DispatchFailure } from './call-context.ts';
import type { multiAddress } from './system-types.ts';

/** @throws DispatchFailure CannotLookup for an address of a kind that this chain does not keep */
export function accountOf(address: ValueOf<typeof multiAddress>): Uint8Array {
  if (address.type === 'Id' || address.type === 'Address32') return address.value;
  throw new DispatchFailure(null, 'CannotLookup');
}
