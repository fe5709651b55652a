/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access -- the client learns from the chain which calls there are */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ApiPromise, WsProvider } from '@polkadot/api';
import { serveSide } from './serve-side.ts';

export interface ClientMemory {
  readonly heapMiB: number;
  readonly rssMiB: number;
}

/** A client of the devnet as an app has it: it follows new heads and their events. */
export interface ChainClientRequests {
  readonly follow: { readonly ask: { readonly url: string }; readonly reply: null };
  /** Answers when this block was heard of and its events were read. */
  readonly heard: { readonly ask: { readonly block: number }; readonly reply: null };
  /** After garbage is collected. */
  readonly memory: { readonly ask: null; readonly reply: ClientMemory };
}

const MIB = 2 ** 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let head = -1;
let events = -1;
let wanted: { readonly block: number; readonly resolve: () => void } | null = null;

function settle(): void {
  if (wanted === null || Math.min(head, events) < wanted.block) return;
  wanted.resolve();
  wanted = null;
}

serveSide({
  follow: async ({ url }: { readonly url: string }) => {
    const api: any = await ApiPromise.create({ provider: new WsProvider(url) as never, noInitWarn: true });
    await api.rpc.chain.subscribeNewHeads((header: any) => {
      head = header.number.toNumber();
      settle();
    });
    // The block's number is written in each block, as its events are.
    await api.query.system.events(() => undefined);
    await api.query.system.number((number: any) => {
      events = number.toNumber();
      settle();
    });
    return null;
  },
  heard: ({ block }: { readonly block: number }) =>
    new Promise<null>((resolve) => {
      wanted = { block, resolve: () => resolve(null) };
      settle();
    }),
  memory: () => {
    collectGarbage();
    const { heapUsed, rss } = process.memoryUsage();
    return Promise.resolve({ heapMiB: heapUsed / MIB, rssMiB: rss / MIB } satisfies ClientMemory);
  },
});
