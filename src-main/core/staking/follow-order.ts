import { lastBlockOf, type SentCall } from '#protocol/chain/subtensor/call-life.ts';
import { findCall, type FoundCall } from '#protocol/chain/subtensor/send-call.ts';
import { abortedBy } from '#protocol/deadline.ts';
import { errorMessage } from '#protocol/errors.ts';
import type { OrderChain } from './order-chain.ts';

/** Why the chain did not do it, by its own name for it and in words. */
interface OrderFailure {
  readonly error: string;
  readonly message: string;
}

/** How an order ended, for good. */
export type OrderEnd =
  | { readonly kind: 'finalized'; readonly block: number }
  /** `block` is the one that has it, which kept its fee; `null`: none has, and nothing was paid. */
  | ({ readonly kind: 'refused'; readonly block: number | null } & OrderFailure)
  /** A block has it, but the node has forgotten what came of it. */
  | { readonly kind: 'unknown'; readonly message: string };

export type OrderProgress =
  /** On its way; also again, when the block that had it was replaced. */
  | { readonly kind: 'pending' }
  /** A block that may still be replaced has it. */
  | { readonly kind: 'in-block'; readonly block: number; readonly failure: OrderFailure | null }
  | OrderEnd;

/** What nodes say of the state of blocks that they no longer keep. */
const FORGOTTEN = /discarded|pruned/i;

/**
 * Watches what becomes of a transaction until that is final. Sends nothing: it may be called anew after a restart with what was
 * written down.
 * @param onProgress is told of each change, the end included
 * @throws MillraceError ABORTED when the signal fires; the transaction goes on
 */
export function followOrder(
  { connection, heads, nowMs }: OrderChain,
  sent: SentCall,
  onProgress: (progress: OrderProgress) => void,
  signal: AbortSignal,
): Promise<OrderEnd> {
  return new Promise((resolve, reject) => {
    let nextFinal = sent.afterBlock + 1;
    let told = '';
    let isLooking = false;
    let cameMeanwhile = false;
    const takeNews = (): boolean => {
      const news = cameMeanwhile;
      cameMeanwhile = false;
      return news;
    };

    const tell = (progress: OrderProgress): void => {
      const words = JSON.stringify(progress);
      if (words === told || signal.aborted) return;
      told = words;
      onProgress(progress);
    };
    const last = lastBlockOf(sent);
    /** Blocks that were looked at, by hash: a node may tell of others later, whatever it has called final. */
    const seen = new Set<string>();
    const at = (block: number, final = 0) =>
      connection.ask(
        'Looking for a transaction',
        (api) => findCall(api, sent, { from: block, head: block, final, nowMs: nowMs() }, seen),
        signal,
      );

    const look = async (): Promise<OrderEnd | null> => {
      const finalized = heads.finalized.current() ?? 0;
      for (; nextFinal <= Math.min(finalized, last); nextFinal += 1) {
        const found = await at(nextFinal);
        if (found !== null) return endOf(found);
      }
      if (nextFinal > last) {
        const found = await at(last, last);
        if (found !== null) return endOf(found);
      }
      const best = Math.min(heads.best.current()?.number ?? 0, last);
      for (let block = nextFinal; block <= best; block += 1) {
        const found = await at(block);
        if (found === null) continue;
        const { outcome } = found;
        tell({ kind: 'in-block', block, failure: outcome.kind === 'included' ? null : failureOf(outcome) });
        return null;
      }
      tell({ kind: 'pending' });
      return null;
    };

    const run = async (): Promise<void> => {
      if (isLooking) {
        cameMeanwhile = true;
        return;
      }
      isLooking = true;
      do {
        const end = await look().catch(forgotten);
        if (end !== null) {
          tell(end);
          finish(() => resolve(end));
          return;
        }
      } while (takeNews());
      isLooking = false;
    };

    const ends = [heads.best.subscribe(() => void run()), heads.finalized.subscribe(() => void run())];
    const onAbort = (): void => finish(() => reject(abortedBy(signal, 'Following a transaction')));
    const finish = (settle: () => void): void => {
      for (const end of ends) end();
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else tell({ kind: 'pending' });
  });
}

const failureOf = ({ error, message }: OrderFailure): OrderFailure => ({ error, message });

export function endOf({ outcome, block }: FoundCall): OrderEnd {
  if (outcome.kind === 'included') return { kind: 'finalized', block: outcome.block };
  return { kind: 'refused', block, ...failureOf(outcome) };
}

/** Any other failure passes: the next block brings the next try. */
function forgotten(error: unknown): OrderEnd | null {
  if (!FORGOTTEN.test(errorMessage(error))) return null;
  return {
    kind: 'unknown',
    message:
      'This was sent, but the node no longer knows what came of it. Look at the balance, or at an explorer of the chain.',
  };
}
