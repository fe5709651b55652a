import type { SentCall } from '#protocol/chain/subtensor/call-life.ts';
import { type CallSigner, deliverCall, signCall } from '#protocol/chain/subtensor/send-call.ts';
import { followOrder, type OrderEnd, type OrderProgress } from './follow-order.ts';
import { ordersCall, type QuotedOrder } from './order-calls.ts';
import type { OrderChain } from './order-chain.ts';

export interface Placement {
  /** Done all or not at all. */
  readonly orders: readonly QuotedOrder[];
  /** Of the coldkey. */
  readonly signer: CallSigner;
  /**
   * Writes down what is about to be sent, so that `followOrder` finds it after a crash. Nothing is sent before this is done, nor
   * when it fails.
   */
  readonly writeDown: (sent: SentCall, nonce: number) => void | Promise<void>;
  /** See `signCall`. */
  readonly mostNonce?: number;
  readonly onProgress: (progress: OrderProgress) => void;
}

/**
 * Signs orders, sends them once and follows them until what came of them is final. What does not come to be is never sent again:
 * its owner looks at a new quote first.
 * @throws MillraceError CHAIN_UNREACHABLE or TIMEOUT before anything was sent, ABORTED at any time; what an external signer throws
 */
export async function placeOrders(chain: OrderChain, placement: Placement, signal: AbortSignal): Promise<OrderEnd> {
  const { orders, signer, writeDown, onProgress, mostNonce } = placement;
  const signed = await signCall(chain, (api) => ordersCall(api, orders), signer, signal, mostNonce);
  const sent: SentCall = { hash: signed.hash, afterBlock: signed.afterBlock, begunAtMs: signed.begunAtMs };
  await writeDown(sent, signed.nonce);
  const refused = await deliverCall(chain.connection, signed, signal);
  if (refused !== null) {
    const end: OrderEnd = { ...refused, block: null };
    onProgress(end);
    return end;
  }
  return followOrder(chain, sent, onProgress, signal);
}
