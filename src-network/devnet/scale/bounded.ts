import * as scale from '@polkadot-api/substrate-bindings';
import { newtype, vec } from './composites.ts';
import { bytes } from './primitives.ts';
import type { ScaleType } from './scale-type.ts';

/** Rust's BoundedVec: more than `max` elements cannot be read, so no call can have them. */
export const boundedVec = <T>(of: ScaleType<T>, max: number): ScaleType<readonly T[]> =>
  bounded(newtype('bounded_collections::bounded_vec::BoundedVec', vec(of)), max);

/** `BoundedVec<u8>`. */
export const boundedBytes = (max: number): ScaleType<Uint8Array> =>
  bounded(newtype('bounded_collections::bounded_vec::BoundedVec', bytes), max);

/** Rust's BTreeSet. Who writes one keeps it sorted. */
export const btreeSet = <T>(of: ScaleType<T>): ScaleType<readonly T[]> => {
  const inner = newtype('BTreeSet', vec(of));
  return {
    codec: inner.codec,
    describe: (id) => ({ ...inner.describe(id), params: [{ name: 'T', type: id(of) }] }),
  };
};

function bounded<T extends { readonly length: number }>({ codec, describe }: ScaleType<T>, max: number): ScaleType<T> {
  const [encode, decode] = codec;
  return {
    codec: scale.createCodec<T>(
      encode,
      scale.createDecoder((input) => {
        const value = decode(input);
        if (value.length > max) throw new RangeError(`${value.length} elements where ${max} are the most`);
        return value;
      }),
    ),
    describe,
  };
}
