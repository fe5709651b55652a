import * as scale from '@polkadot-api/substrate-bindings';
import type { Codec } from '@polkadot-api/substrate-bindings';
import type { PrimitiveName, ScaleType, TypeDef } from './scale-type.ts';

const plain = (def: TypeDef) => () => ({ path: [], params: [], def });

const primitive = <T>(name: PrimitiveName, codec: Codec<T>): ScaleType<T> => ({
  codec,
  describe: plain({ tag: 'primitive', value: { tag: name, value: undefined } }),
});

export const bool = primitive('bool', scale.bool);
export const u8 = primitive('u8', scale.u8);
export const u16 = primitive('u16', scale.u16);
export const u32 = primitive('u32', scale.u32);
export const u64 = primitive('u64', scale.u64);
export const u128 = primitive('u128', scale.u128);
export const i16 = primitive('i16', scale.i16);
export const i64 = primitive('i64', scale.i64);
export const i128 = primitive('i128', scale.i128);
export const str = primitive('str', scale.str);

/** `()`. */
export const unit: ScaleType<undefined> = { codec: scale._void, describe: plain({ tag: 'tuple', value: [] }) };

/** So many bytes, and not fewer: the library takes what there is. */
const exactly = (length: number): Codec<Uint8Array> => {
  const { enc, dec } = scale.Bytes(length);
  return scale.createCodec(
    enc,
    scale.createDecoder((input) => complete(dec(input), length)),
  );
};

function complete(read: Uint8Array, length: number): Uint8Array {
  if (read.length !== length) throw new RangeError(`${read.length} bytes where ${length} should be`);
  return read;
}

/** `Vec<u8>`. Its length is checked against what is there before anything is made of it. */
export const bytes: ScaleType<Uint8Array> = {
  codec: scale.createCodec(
    scale.Bytes().enc,
    scale.createDecoder((input) => {
      const length = scale.compactNumber.dec(input);
      return complete(scale.Bytes(length).dec(input), length);
    }),
  ),
  describe: (id) => ({ path: [], params: [], def: { tag: 'sequence', value: id(u8) } }),
};

/** `[u8; length]`. */
export const fixedBytes = (length: number): ScaleType<Uint8Array> => ({
  codec: exactly(length),
  describe: (id) => ({ path: [], params: [], def: { tag: 'array', value: { len: length, type: id(u8) } } }),
});

/** Compact u64 or u128: as few bytes as the number needs. */
const compact = (of: ScaleType<bigint>): ScaleType<bigint> => ({
  codec: scale.compactBn,
  describe: (id) => ({ path: [], params: [], def: { tag: 'compact', value: id(of) } }),
});

export const compactU64 = compact(u64);
export const compactU128 = compact(u128);

/** Compact u16 or u32. */
const compactSmall = (of: ScaleType<number>): ScaleType<number> => ({
  codec: scale.compactNumber,
  describe: (id) => ({ path: [], params: [], def: { tag: 'compact', value: id(of) } }),
});

export const compactU8 = compactSmall(u8);
export const compactU16 = compactSmall(u16);
export const compactU32 = compactSmall(u32);

/** Bytes that are a 32-byte newtype in Rust. */
const newtype32 = (path: readonly string[]): ScaleType<Uint8Array> => {
  const inner = fixedBytes(32);
  return {
    codec: inner.codec,
    describe: (id) => ({
      path,
      params: [],
      def: {
        tag: 'composite',
        value: [{ name: undefined, type: id(inner), typeName: '[u8; 32]', docs: [] }],
      },
    }),
  };
};

/** A public key of 32 bytes. */
export const accountId = newtype32(['sp_core', 'crypto', 'AccountId32']);
export const h256 = newtype32(['primitive_types', 'H256']);
