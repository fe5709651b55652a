import { Blake2256 } from '@polkadot-api/substrate-bindings';
import { toHex } from '#protocol/bytes.ts';
import type { StateBase } from '../../runtime/state.ts';
import { bytesParam, hex, listParam } from '../params.ts';
import { RPC_CODES, RpcError } from '../rpc-error.ts';

const KINDS = ['value', 'hash', 'descendantsValues', 'descendantsHashes'] as const;
const MOST_QUERIES = 1000;

interface StorageQuery {
  readonly key: string;
  readonly kind: (typeof KINDS)[number];
}

interface StorageAnswer {
  readonly key: string;
  readonly value?: string;
  readonly hash?: string;
}

/** What `chainHead_v1_storage` and `archive_v1_storage` are asked for. @throws RpcError */
export function storageQueries(items: unknown, childTrie: unknown): readonly StorageQuery[] {
  if (childTrie !== undefined && childTrie !== null)
    throw new RpcError(RPC_CODES.invalidParams, 'This chain has no child tries');
  return listParam(items, 'The items', MOST_QUERIES).map((item) => {
    const { key, type } = (item ?? {}) as Readonly<Record<string, unknown>>;
    const kind = KINDS.find((each) => each === type);
    if (kind === undefined) throw new RpcError(RPC_CODES.invalidParams, `The type must be one of ${KINDS.join(', ')}`);
    return { key: toHex(bytesParam(key, 'The key')), kind };
  });
}

/** The answers one after another, so that whoever asks for the whole state does not get it at once. */
export function* storageItems(state: StateBase, queries: readonly StorageQuery[]): Generator<StorageAnswer, undefined> {
  for (const { key: asked, kind } of queries) {
    const isOne = kind === 'value' || kind === 'hash';
    for (const key of isOne ? [asked] : state.keys(asked)) {
      const value = state.raw(key);
      if (value === null) continue;
      const isValue = kind === 'value' || kind === 'descendantsValues';
      yield { key: `0x${key}`, ...(isValue ? { value: hex(value) } : { hash: hex(Blake2256(value)) }) };
    }
  }
}
