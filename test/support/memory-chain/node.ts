import type {
  BlockHeader,
  BlockRange,
  CallOutcome,
  EmissionEvent,
  EmissionPage,
} from '#protocol/chain/chain-client.ts';
import { openCall, type SignedCall } from './signed-call.ts';
import type { Hotkey } from '#protocol/ids.ts';
import { applyBlock } from './block.ts';
import { type ChainHeader, type ChainTip, nonceOf } from './state.ts';

/** Where blocks go before anyone hears of them. */
export interface ChainStore {
  /** All of the block or nothing of it, on disk when this returns. @throws MillraceError DATABASE */
  append(tip: ChainTip, emissions: readonly EmissionEvent[]): void;
  /** `null` when there is none (any more). */
  header(number: number): BlockHeader | null;
  /** The newest of these blocks, oldest first, at most `MAX_EMISSIONS_PER_PAGE`. */
  emissions(hotkey: Hotkey, range: BlockRange): EmissionPage;
}

/** One chain with its waiting calls. It has no clock: its owner says when to produce a block. */
export interface ChainNode {
  readonly tip: () => ChainTip;
  readonly store: ChainStore;
  /** Nonce for the next call of this signer, waiting calls counted. */
  nextNonce(account: string): number;
  /** Checks the call now and settles when a block has it, or the chain refuses it. `null`: too many calls wait. */
  submit(call: Uint8Array): Promise<CallOutcome> | null;
  produceBlock(inputs: { readonly nowMs: number; readonly salt: string }): BlockHeader;
  /** Called after each block is stored. Returns the unsubscribe function. */
  onBlock(listener: (block: BlockHeader) => void): () => void;
}

export const MAX_EMISSIONS_PER_PAGE = 1_000;

/** Waiting calls: more than a subnet's neurons send in a block. */
const MAX_WAITING_CALLS = 1_024;

interface WaitingCall {
  readonly signed: SignedCall;
  readonly settle: (outcome: CallOutcome) => void;
}

export function createChainNode(start: ChainTip, store: ChainStore): ChainNode {
  let tip = start;
  let waiting: readonly WaitingCall[] = [];
  const listeners = new Set<(block: BlockHeader) => void>();

  return {
    tip: () => tip,
    store,

    nextNonce: (account) =>
      nonceOf(tip.state, account) + waiting.filter(({ signed }) => signed.signer === account).length,

    submit(call) {
      if (waiting.length >= MAX_WAITING_CALLS) return null;
      const opened = openCall(call, tip.genesisHash);
      if (opened.kind === 'refused') return Promise.resolve(opened);
      return new Promise((settle) => {
        waiting = [...waiting, { signed: opened.signed, settle }];
      });
    },

    produceBlock({ nowMs, salt }) {
      const block = applyBlock(tip, { nowMs, salt, calls: waiting.map(({ signed }) => signed) });
      store.append(block.tip, block.emissions);
      const settled = waiting;
      tip = block.tip;
      waiting = [];
      const header = publicHeader(tip.head);
      for (const listener of listeners) listener(header);
      for (const [index, { settle }] of settled.entries()) {
        const outcome = block.outcomes[index];
        if (outcome !== undefined) settle(outcome);
      }
      return header;
    },

    onBlock(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

export const publicHeader = ({ number, hash, timestampMs }: ChainHeader): BlockHeader => ({
  number,
  hash,
  timestampMs,
});
