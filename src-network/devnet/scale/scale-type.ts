import type { Codec } from '@polkadot-api/substrate-bindings';

/**
 * A SCALE type that can read and write its values and describe itself in the chain's metadata: one definition drives both, so
 * what the metadata says is what the chain does.
 */
export interface ScaleType<T> {
  readonly codec: Codec<T>;
  /** Its entry in the metadata's type lookup; `id` gives (and, if need be, makes) the number of another type. */
  readonly describe: (id: (type: AnyType) => number) => TypeEntry;
  /** Of a stand-in (`lazy`): the type itself. */
  readonly resolve?: () => ScaleType<T>;
}

/** Of whatever values. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- codecs are invariant: unknown would fit none
export type AnyType = ScaleType<any>;

/** The value that a type reads and writes. */
export type ValueOf<T> = T extends ScaleType<infer Value> ? Value : never;

export interface TypeEntry {
  /** As in the Rust program that clients know it from, e.g. `sp_core::crypto::AccountId32`; clients recognise some by it. */
  readonly path: readonly string[];
  readonly params: readonly TypeParam[];
  readonly def: TypeDef;
}

interface TypeParam {
  readonly name: string;
  readonly type: number | undefined;
}

export interface TypeField {
  readonly name: string | undefined;
  readonly type: number;
  readonly typeName: string | undefined;
  readonly docs: string[];
}

interface TypeVariant {
  readonly name: string;
  readonly fields: TypeField[];
  readonly index: number;
  readonly docs: string[];
}

export type PrimitiveName = 'bool' | 'str' | 'u8' | 'u16' | 'u32' | 'u64' | 'u128' | 'i16' | 'i64' | 'i128';

/** As scale-info 2 has it. */
export type TypeDef =
  | { readonly tag: 'composite'; readonly value: TypeField[] }
  | { readonly tag: 'variant'; readonly value: TypeVariant[] }
  | { readonly tag: 'sequence'; readonly value: number }
  | { readonly tag: 'array'; readonly value: { readonly len: number; readonly type: number } }
  | { readonly tag: 'tuple'; readonly value: number[] }
  | { readonly tag: 'primitive'; readonly value: { readonly tag: PrimitiveName; readonly value: undefined } }
  | { readonly tag: 'compact'; readonly value: number };
