import type { ApiPromise } from '@polkadot/api';
import type { ApiDecoration, QueryableStorageEntry, SubmittableExtrinsicFunction } from '@polkadot/api/types';
import type { StorageKey } from '@polkadot/types';
import type { Codec } from '@polkadot/types/types';
import { MillraceError, ProtocolError } from '../../errors.ts';

/** The API, or what it was at a block. */
export type At = Pick<ApiDecoration<'promise'>, 'query' | 'call' | 'consts'>;

/** A request whose answer is given as the node sent it: nothing is decoded, and no runtime asked for. */
export interface Raw {
  raw(...params: readonly unknown[]): Promise<unknown>;
}

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

/** A subnet has some hundreds of neurons; a chain that tells of more for ever would fill our memory. */
const MAX_ENTRIES = 8_192;
const PAGE_ENTRIES = 1_000;

/** All entries of a map under a key. @throws ProtocolError when there are more than a subnet can have */
export async function entriesOf(
  item: QueryableStorageEntry<'promise'>,
  netuid: number,
): Promise<readonly (readonly [StorageKey, Codec])[]> {
  const found: (readonly [StorageKey, Codec])[] = [];
  for (;;) {
    const after = found.at(-1)?.[0].toHex();
    const paging = { args: [netuid], pageSize: PAGE_ENTRIES, ...(after === undefined ? {} : { startKey: after }) };
    const page = await item.entriesPaged(paging);
    found.push(...page);
    if (found.length > MAX_ENTRIES) throw new ProtocolError(`The chain has more than ${MAX_ENTRIES} entries there`);
    if (page.length < PAGE_ENTRIES) return found;
  }
}
