import type { CallContext } from '../runtime/call-context.ts';
import type { Fields, FieldValues } from '../scale/composites.ts';
import type { AnyType, ScaleType } from '../scale/scale-type.ts';
import type { Variants } from '../scale/enumeration.ts';

/** How a map's key becomes part of the storage key. */
export type HasherName = 'Identity' | 'Blake2128Concat' | 'Twox64Concat';

export interface MapKey<K = unknown> {
  readonly type: ScaleType<K>;
  readonly hasher: HasherName;
}

/** One item of storage: a single value, or a map of one or more keys. */
export interface StorageItem<K extends readonly unknown[], T> {
  readonly pallet: string;
  readonly name: string;
  readonly keys: { readonly [I in keyof K]: MapKey<K[I]> };
  readonly value: ScaleType<T>;
  /** What is read where nothing was written; `undefined`: nothing (`Option` for clients). */
  readonly fallback: T | undefined;
}

/** Of whatever keys and values. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- codecs are invariant: unknown would fit none
export type AnyStorageItem = StorageItem<any, any>;

interface Constant {
  readonly type: AnyType;
  readonly value: unknown;
}

export interface CallDefinition<F extends Fields = Fields> {
  readonly index: number;
  /** As they are named here, in camel case; in metadata in snake case. */
  readonly args: F;
  /** Free of the transaction fee, as Subtensor's calls of hotkeys are. */
  readonly isFree: boolean;
  /** Changes the state, or throws a `DispatchFailure`, after which nothing of it has happened. */
  readonly run: (context: CallContext, args: FieldValues<F>) => void;
}

/** One pallet: what clients see of it, and what its calls do. */
export interface Pallet {
  readonly name: string;
  readonly index: number;
  /** By Subtensor's names, in snake case. */
  readonly calls: Readonly<Record<string, CallDefinition>>;
  readonly events: Variants;
  /** Errors' names in the order of their indices, with what they mean. */
  readonly errors: Readonly<Record<string, string>>;
  readonly storage: readonly AnyStorageItem[];
  readonly constants: Readonly<Record<string, Constant>>;
  /** What happens by itself at the beginning of each block. */
  readonly onInitialize?: (context: CallContext) => void;
}

/** A call with its arguments' types tied to what it runs. */
export const call = <F extends Fields>(
  index: number,
  args: F,
  run: (context: CallContext, args: FieldValues<F>) => void,
): CallDefinition => ({ index, args, isFree: false, run: run as CallDefinition['run'] });

export const freeCall = <F extends Fields>(...definition: Parameters<typeof call<F>>): CallDefinition => ({
  ...call(...definition),
  isFree: true,
});

/** One value. */
export const storageValue = <T>(
  pallet: string,
  name: string,
  value: ScaleType<T>,
  fallback?: T,
): StorageItem<[], T> => ({
  ...{ pallet, name, keys: [], value, fallback },
});

export const mapKey = <K>(hasher: HasherName, type: ScaleType<K>): MapKey<K> => ({ type, hasher });

export const storageMap = <K extends readonly unknown[], T>(
  pallet: string,
  name: string,
  keys: { readonly [I in keyof K]: MapKey<K[I]> },
  value: ScaleType<T>,
  fallback?: T,
): StorageItem<K, T> => ({ ...{ pallet, name, keys, value, fallback } });
