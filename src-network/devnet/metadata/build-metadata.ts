import { metadata } from '@polkadot-api/substrate-bindings';
import { toHex } from '#protocol/bytes.ts';
import { newtype, snakeCase, struct, tuple, withParams } from '../scale/composites.ts';
import { bytes } from '../scale/primitives.ts';
import type { AnyType } from '../scale/scale-type.ts';
import { TypeLookup } from '../scale/type-lookup.ts';
import { multiAddress, multiSignature } from '../runtime/system-types.ts';
import { SIGNED_EXTENSIONS } from './extensions.ts';
import { opaqueExtrinsic } from '../runtime-apis/opaque-extrinsic.ts';
import type { Pallet, AnyStorageItem } from './pallet.ts';
import type { RuntimeApi } from './runtime-api.ts';

/** The types that a runtime's pallets make together. */
export interface OuterTypes {
  readonly call: AnyType;
  readonly event: AnyType;
  readonly error: AnyType;
  /** Of one pallet each, by its name. */
  readonly calls: ReadonlyMap<string, AnyType>;
  readonly events: ReadonlyMap<string, AnyType>;
  readonly errors: ReadonlyMap<string, AnyType>;
}

export interface RuntimeShape {
  readonly pallets: readonly Pallet[];
  readonly apis: readonly RuntimeApi[];
  readonly outer: OuterTypes;
}

/** "meta". */
const MAGIC = 0x6174656d;
const EXTRINSIC_VERSION = 4;

/** Metadata of both versions that clients ask for, SCALE-encoded, from the same table that decodes and dispatches calls. */
export function buildMetadata(shape: RuntimeShape): Readonly<Record<14 | 15, Uint8Array>> {
  const { pallets, apis, outer } = shape;
  const lookup = new TypeLookup();
  const { id } = lookup;
  const extra = tuple(...SIGNED_EXTENSIONS.map((extension) => extension.extra));
  const extrinsic = uncheckedExtrinsic(multiAddress, outer.call, multiSignature, extra);
  const extrinsicType = id(extrinsic);
  const signedExtensions = SIGNED_EXTENSIONS.map(({ identifier, extra, implicit }) => ({
    ...{ identifier, type: id(extra), additionalSigned: id(implicit) },
  }));
  const described = pallets.map((pallet) => ({
    name: pallet.name,
    storage: storageOf(pallet, id),
    calls: idOf(outer.calls.get(pallet.name), id),
    events: idOf(outer.events.get(pallet.name), id),
    constants: Object.entries(pallet.constants).map(([name, { type, value }]) => ({
      ...{ name, type: id(type), value: hex(type.codec.enc(value)), docs: [] },
    })),
    errors: idOf(outer.errors.get(pallet.name), id),
    index: pallet.index,
    docs: [],
  }));
  const outerEnums = { call: id(outer.call), event: id(outer.event), error: id(outer.error) };
  const described15 = apis.map(({ name, methods }) => ({
    ...{ name, docs: [] },
    methods: Object.entries(methods).map(([method, { inputs, output }]) => ({
      name: method,
      inputs: Object.entries(inputs).map(([input, type]) => ({
        name: snakeCase(input),
        type: type === opaqueExtrinsic ? extrinsicType : id(type),
      })),
      output: id(output),
      docs: [],
    })),
  }));
  const runtimeType = id(struct('node_subtensor_runtime::Runtime', {}));
  // Last, when no type is added any more.
  const types = lookup.entries();
  const common = { lookup: types, pallets: described, type: runtimeType };
  const v14 = { ...common, extrinsic: { type: extrinsicType, version: EXTRINSIC_VERSION, signedExtensions } };
  const parts = { address: id(multiAddress), call: id(outer.call), signature: id(multiSignature), extra: id(extra) };
  const v15 = {
    ...{ ...common, extrinsic: { version: EXTRINSIC_VERSION, ...parts, signedExtensions } },
    ...{ apis: described15, outerEnums, custom: [] },
  };
  return { 14: encode('v14', v14), 15: encode('v15', v15) };
}

const encode = (tag: 'v14' | 'v15', value: unknown): Uint8Array =>
  metadata.enc({ magicNumber: MAGIC, metadata: { tag, value } } as never);

const hex = (value: Uint8Array): string => `0x${toHex(value)}`;

const idOf = (type: AnyType | undefined, id: (type: AnyType) => number): number | undefined =>
  type === undefined ? undefined : id(type);

function storageOf({ name: prefix, storage }: Pallet, id: (type: AnyType) => number) {
  if (storage.length === 0) return undefined;
  return { prefix, items: storage.map((item) => storageEntry(item, id)) };
}

function storageEntry({ name, keys, value, fallback }: AnyStorageItem, id: (type: AnyType) => number) {
  const keyTypes = keys.map(({ type }) => type as AnyType);
  const [first] = keyTypes;
  const type =
    first === undefined
      ? { tag: 'plain', value: id(value) }
      : {
          tag: 'map',
          value: {
            hashers: keys.map(({ hasher }) => ({ tag: hasher, value: undefined })),
            key: keyTypes.length === 1 ? id(first) : id(tuple(...keyTypes)),
            value: id(value),
          },
        };
  return {
    ...{ name, type, docs: [] },
    modifier: fallback === undefined ? 0 : 1,
    fallback: fallback === undefined ? '0x00' : hex(value.codec.enc(fallback)),
  };
}

/** Opaque bytes; what they are made of version 14 says only by the type's parameters. */
const uncheckedExtrinsic = (address: AnyType, call: AnyType, signature: AnyType, extra: AnyType): AnyType =>
  withParams(newtype('sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic', bytes), {
    Address: address,
    Call: call,
    Signature: signature,
    Extra: extra,
  });
