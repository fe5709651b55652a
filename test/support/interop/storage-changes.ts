/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-return -- the client learns from the chain which items there are */
import type { State } from './chain.ts';

const PAGE = 500;
/** Two hashes of 16 bytes each, and `0x`. */
const ITEM_PREFIX = 66;

/** Names of the storage items, as `subtensorModule.uids`, of which something differs; sorted. */
export function changedItems(api: any, old: State, now: State): string[] {
  const changed = new Set([...old.keys(), ...now.keys()].filter((key) => old.get(key) !== now.get(key)));
  const names = namesOf(api);
  return [...new Set([...changed].map((key) => names.get(key.slice(0, ITEM_PREFIX)) ?? key))].toSorted();
}

/** After a block: all of it, so only for chains with little in them. */
export async function stateOf(api: any, block: string): Promise<State> {
  const state = new Map<string, string>();
  for (let start: string | undefined; ;) {
    const keys: string[] = (await api.rpc.state.getKeysPaged('0x', PAGE, start, block)).map((key: any) => key.toHex());
    const values: any[] = await api._rpcCore.provider.send('state_queryStorageAt', [keys, block]);
    for (const [key, value] of values.flatMap(({ changes }) => changes)) state.set(key, value);
    start = keys.at(-1);
    if (keys.length < PAGE || start === undefined) return state;
  }
}

function namesOf(api: any): Map<string, string> {
  const names = new Map<string, string>();
  for (const [pallet, items] of Object.entries<any>(api.query)) {
    for (const [name, item] of Object.entries<any>(items)) {
      names.set(item.keyPrefix().slice(0, ITEM_PREFIX), `${pallet}.${name}`);
    }
  }
  return names;
}
