import * as scale from '@polkadot-api/substrate-bindings';
import type { Codec } from '@polkadot-api/substrate-bindings';
import { fieldsOf, type Fields, type FieldValues, structCodec, tuple, withParams } from './composites.ts';
import { unit } from './primitives.ts';
import type { AnyType, ScaleType, TypeField, ValueOf } from './scale-type.ts';

/** What a variant carries: nothing, one value without a name, several of them in order, or fields with names. */
export type VariantBody = null | AnyType | Positional | { readonly fields: Fields };

interface Positional<T extends readonly AnyType[] = readonly AnyType[]> {
  readonly positional: T;
}

export interface VariantDefinition<B extends VariantBody = VariantBody> {
  readonly index: number;
  readonly body: B;
  readonly docs?: readonly string[];
}

export type Variants = Readonly<Record<string, VariantDefinition>>;

type BodyValue<B> = B extends null
  ? undefined
  : B extends { readonly fields: infer F extends Fields }
    ? FieldValues<F>
    : B extends Positional<infer T>
      ? { readonly [I in keyof T]: ValueOf<T[I]> }
      : ValueOf<B>;

export type EnumValue<V extends Variants> = {
  readonly [Name in keyof V & string]: { readonly type: Name; readonly value: BodyValue<V[Name]['body']> };
}[keyof V & string];

export const variant = <B extends VariantBody>(index: number, body: B): VariantDefinition<B> => ({ index, body });

/** Fields without names; a value is an array. */
export const positional = <T extends readonly AnyType[]>(...types: T): Positional<T> => ({ positional: types });

const bodyCodec = (body: VariantBody): AnyType['codec'] => {
  if (body === null) return unit.codec;
  if ('fields' in body) return structCodec(body.fields);
  return 'positional' in body ? tuple(...body.positional).codec : body.codec;
};

const bodyFields = (body: VariantBody, id: (type: AnyType) => number): TypeField[] => {
  if (body === null) return [];
  if ('fields' in body) return fieldsOf(body.fields, id);
  const types = 'positional' in body ? body.positional : [body];
  return types.map((type) => ({ name: undefined, type: id(type), typeName: undefined, docs: [] }));
};

/** A Rust enum; a value is `{type, value}`. */
export function enumeration<V extends Variants>(path: string, variants: V): ScaleType<EnumValue<V>> {
  const entries = Object.entries(variants);
  const codecs = Object.fromEntries(entries.map(([name, { body }]) => [name, bodyCodec(body)]));
  const indices = entries.map(([, { index }]) => index);
  return {
    codec: scale.Variant(codecs as never, indices as never) as unknown as Codec<EnumValue<V>>,
    describe: (id) => ({
      path: path.split('::'),
      params: [],
      def: {
        tag: 'variant',
        value: entries.map(([name, { index, body, docs = [] }]) => ({
          ...{ name, index, fields: bodyFields(body, id), docs: [...docs] },
        })),
      },
    }),
  };
}

/** Rust's Result; a value is `{type: 'Ok' | 'Err', value}`. */
export const result = <T, E>(ok: ScaleType<T>, err: ScaleType<E>) =>
  withParams(enumeration('Result', { Ok: variant(0, ok), Err: variant(1, err) }), { T: ok, E: err });
