import * as scale from '@polkadot-api/substrate-bindings';
import type { Codec } from '@polkadot-api/substrate-bindings';
import { fieldsOf, type Fields, type FieldValues, structCodec, withParams } from './composites.ts';
import { unit } from './primitives.ts';
import type { AnyType, ScaleType, TypeField, ValueOf } from './scale-type.ts';

/** What a variant carries: nothing, one value without a name, or fields with names. */
export type VariantBody = null | AnyType | { readonly fields: Fields };

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
    : ValueOf<B>;

export type EnumValue<V extends Variants> = {
  readonly [Name in keyof V & string]: { readonly type: Name; readonly value: BodyValue<V[Name]['body']> };
}[keyof V & string];

export const variant = <B extends VariantBody>(index: number, body: B): VariantDefinition<B> => ({ index, body });

const hasFields = (body: AnyType | { readonly fields: Fields }): body is { readonly fields: Fields } =>
  'fields' in body;

const bodyCodec = (body: VariantBody): AnyType['codec'] => {
  if (body === null) return unit.codec;
  return hasFields(body) ? structCodec(body.fields) : body.codec;
};

const bodyFields = (body: VariantBody, id: (type: AnyType) => number): TypeField[] => {
  if (body === null) return [];
  if (hasFields(body)) return fieldsOf(body.fields, id);
  return [{ name: undefined, type: id(body), typeName: undefined, docs: [] }];
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
