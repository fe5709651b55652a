import * as scale from '@polkadot-api/substrate-bindings';
import type { Codec } from '@polkadot-api/substrate-bindings';
import type { AnyType, ScaleType, TypeField, ValueOf } from './scale-type.ts';

export type Fields = Readonly<Record<string, AnyType>>;
export type FieldValues<F extends Fields> = { readonly [Name in keyof F]: ValueOf<F[Name]> };

const field = (name: string | undefined, type: number, typeName?: string): TypeField => ({
  ...{ name, type, typeName, docs: [] },
});

/** Names in Rust's way: `amountStaked` is `amount_staked` in metadata. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const fieldsOf = (fields: Fields, id: (type: AnyType) => number): TypeField[] =>
  Object.entries(fields).map(([name, type]) => field(snakeCase(name), id(type)));

export const structCodec = <F extends Fields>(fields: F): Codec<FieldValues<F>> =>
  scale.Struct(Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, type.codec])) as never) as never;

/** @param path with `::`, as in Rust */
export const struct = <F extends Fields>(path: string, fields: F): ScaleType<FieldValues<F>> => ({
  codec: structCodec(fields),
  describe: (id) => ({ path: path.split('::'), params: [], def: { tag: 'composite', value: fieldsOf(fields, id) } }),
});

/** A struct of one field without a name: the value is that of the field. */
export const newtype = <T>(path: string, inner: ScaleType<T>): ScaleType<T> => ({
  codec: inner.codec,
  describe: (id) => ({
    path: path.split('::'),
    params: [],
    def: { tag: 'composite', value: [field(undefined, id(inner))] },
  }),
});

export const tuple = <T extends readonly AnyType[]>(
  ...types: T
): ScaleType<{ readonly [I in keyof T]: ValueOf<T[I]> }> => ({
  codec: scale.Tuple(...types.map((type) => type.codec as Codec<unknown>)) as never,
  describe: (id) => ({ path: [], params: [], def: { tag: 'tuple', value: types.map(id) } }),
});

export const vec = <T>(of: ScaleType<T>): ScaleType<readonly T[]> => ({
  codec: scale.Vector(of.codec) as unknown as Codec<readonly T[]>,
  describe: (id) => ({ path: [], params: [], def: { tag: 'sequence', value: id(of) } }),
});

/** `[T; length]`. */
export const fixedArray = <T>(of: ScaleType<T>, length: number): ScaleType<readonly T[]> => ({
  codec: scale.Vector(of.codec, length) as unknown as Codec<readonly T[]>,
  describe: (id) => ({ path: [], params: [], def: { tag: 'array', value: { len: length, type: id(of) } } }),
});

export const option = <T>(of: ScaleType<T>): ScaleType<T | undefined> => ({
  codec: scale.Option(of.codec),
  describe: (id) => {
    const inner = id(of);
    return {
      path: ['Option'],
      params: [{ name: 'T', type: inner }],
      def: {
        tag: 'variant',
        value: [
          { name: 'None', fields: [], index: 0, docs: [] },
          { name: 'Some', fields: [field(undefined, inner)], index: 1, docs: [] },
        ],
      },
    };
  },
});

/** The same type with the parameters that Rust's generic one has: some clients look for them. */
export const withParams = <T>(type: ScaleType<T>, params: Fields): ScaleType<T> => ({
  codec: type.codec,
  describe: (id) => ({
    ...type.describe(id),
    params: Object.entries(params).map(([name, param]) => ({ name, type: id(param) })),
  }),
});

/** Pairs in the order of their keys, each key once: whoever makes the value sees to that. */
export const btreeMap = <K, V>(key: ScaleType<K>, value: ScaleType<V>): ScaleType<readonly (readonly [K, V])[]> =>
  withParams(newtype('BTreeMap', vec(tuple(key, value))), { K: key, V: value });

/** For a type that contains itself: `make` is called when it is first used. */
export function lazy<T>(make: () => ScaleType<T>): ScaleType<T> {
  return { codec: scale.Self<T>(() => make().codec), describe: (id) => make().describe(id), resolve: make };
}
