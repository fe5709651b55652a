import { lazy, struct, vec, withParams } from '../scale/composites.ts';
import { enumeration, type VariantDefinition, variant } from '../scale/enumeration.ts';
import { h256 } from '../scale/primitives.ts';
import type { AnyType, ScaleType } from '../scale/scale-type.ts';
import { buildMetadata, type OuterTypes } from '../metadata/build-metadata.ts';
import { type CallDefinition, type Pallet, type StorageItem, storageValue } from '../metadata/pallet.ts';
import type { RuntimeApi } from '../metadata/runtime-api.ts';
import type { DecodedCall } from './call-context.ts';
import { phase } from './system-types.ts';

/** One event as clients read it from `System.Events`. */
export interface EventRecord {
  readonly phase: { readonly type: string; readonly value: unknown };
  readonly event: { readonly type: string; readonly value: { readonly type: string; readonly value: unknown } };
  readonly topics: readonly Uint8Array[];
}

/** All pallets together: types of calls, events and errors, metadata, and where to find a call. */
export interface Runtime {
  readonly pallets: ReadonlyMap<string, Pallet>;
  readonly callType: ScaleType<DecodedCall>;
  readonly events: StorageItem<[], readonly EventRecord[]>;
  readonly metadata: Readonly<Record<14 | 15, Uint8Array>>;
  callOf(call: DecodedCall): CallDefinition | null;
}

/** @param pallets made of the type of all calls, for those that contain calls themselves */
export function createRuntime(
  makePallets: (runtimeCall: AnyType) => readonly Pallet[],
  apis: readonly RuntimeApi[],
): Runtime {
  const callType: AnyType = lazy(() => outer.call);
  const made = makePallets(callType);
  const outer = outerTypes(made);
  const eventRecord = withParams(
    struct('frame_system::EventRecord', { phase, event: outer.event, topics: vec(h256) }),
    {
      E: outer.event,
      T: h256,
    },
  );
  const events = storageValue('System', 'Events', vec(eventRecord), []) as unknown as StorageItem<
    [],
    readonly EventRecord[]
  >;
  const pallets = made.map((pallet) =>
    pallet.name === 'System' ? { ...pallet, storage: [...pallet.storage, events] } : pallet,
  );
  const byName = new Map(pallets.map((pallet) => [pallet.name, pallet]));
  return {
    pallets: byName,
    callType: outer.call as ScaleType<DecodedCall>,
    events,
    metadata: buildMetadata({ pallets, apis, outer }),
    callOf: ({ type, value }) => byName.get(type)?.calls[value.type] ?? null,
  };
}

function outerTypes(pallets: readonly Pallet[]): OuterTypes {
  const kinds = {
    calls: new Map<string, AnyType>(),
    events: new Map<string, AnyType>(),
    errors: new Map<string, AnyType>(),
  };
  for (const pallet of pallets) {
    const { name } = pallet;
    const path = `${crateOf(name)}::pallet`;
    const calls = Object.entries(pallet.calls);
    if (calls.length > 0) {
      kinds.calls.set(
        name,
        enumeration(
          `${path}::Call`,
          Object.fromEntries(calls.map(([call, { index, args }]) => [call, variant(index, { fields: args })])),
        ),
      );
    }
    if (Object.keys(pallet.events).length > 0) kinds.events.set(name, enumeration(`${path}::Event`, pallet.events));
    const errors = Object.entries(pallet.errors);
    if (errors.length > 0) {
      const variants = errors.map(([error, docs], index) => [error, { index, body: null, docs: [docs] }] as const);
      kinds.errors.set(name, enumeration(`${path}::Error`, Object.fromEntries(variants)));
    }
  }
  const join = (kind: string, types: ReadonlyMap<string, AnyType>): AnyType => {
    const variants: [string, VariantDefinition][] = [];
    for (const { name, index } of pallets) {
      const type = types.get(name);
      if (type !== undefined) variants.push([name, variant(index, type)]);
    }
    return enumeration(`node_subtensor_runtime::${kind}`, Object.fromEntries(variants));
  };
  return {
    call: join('RuntimeCall', kinds.calls),
    event: join('RuntimeEvent', kinds.events),
    error: join('RuntimeError', kinds.errors),
    ...kinds,
  };
}

/** The Rust crate of a pallet, as clients see it in paths. */
const crateOf = (name: string): string =>
  CRATES[name] ?? `pallet_${name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()}`;

const CRATES: Readonly<Record<string, string>> = {
  System: 'frame_system',
  SubtensorModule: 'pallet_subtensor',
  Swap: 'pallet_subtensor_swap',
  Proxy: 'pallet_subtensor_proxy',
};
