import type { ApiPromise } from '@polkadot/api';
import type { ApiDecoration, QueryableStorageEntry, SubmittableExtrinsicFunction } from '@polkadot/api/types';
import { MillraceError } from '../../errors.ts';

/** The API, or what it was at a block. */
export type At = Pick<ApiDecoration<'promise'>, 'query' | 'call' | 'consts'>;

/** An item of storage by its name on this chain. @throws MillraceError CHAIN_REFUSED when the chain has no such item */
export function storage(at: At, pallet: string, name: string): QueryableStorageEntry<'promise'> {
  const item = at.query[pallet]?.[name];
  if (item === undefined) throw unknown(`storage ${pallet}.${name}`);
  return item;
}

/** `null` where this chain has no such item. */
export const optionalStorage = (at: At, pallet: string, name: string): QueryableStorageEntry<'promise'> | null =>
  at.query[pallet]?.[name] ?? null;

/** A function of the runtime by its name, `null` where this chain has none. */
export const runtimeApi = (at: At, api: string, name: string) => at.call[api]?.[name] ?? null;

/** @throws MillraceError CHAIN_REFUSED when the chain has no such call */
export function callOf(api: ApiPromise, pallet: string, name: string): SubmittableExtrinsicFunction<'promise'> {
  const found = api.tx[pallet]?.[name];
  if (found === undefined) throw unknown(`call ${pallet}.${name}`);
  return found;
}

const unknown = (what: string): MillraceError =>
  new MillraceError(
    'CHAIN_REFUSED',
    `This chain has no ${what}. Is it Subtensor, and this Millrace new enough for it?`,
  );
