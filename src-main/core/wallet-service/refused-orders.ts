import type { ApiPromise } from '@polkadot/api';
import type { SentCall } from '#protocol/chain/subtensor/call-life.ts';
import { findCall } from '#protocol/chain/subtensor/send-call.ts';
import { endOf } from '../staking/follow-order.ts';
import type { OrderChain } from '../staking/order-chain.ts';
import type { OrderAccount, OrderStore, StoredOrder } from './order-store.ts';

/** More than these at once were not made by a person. */
const MAX_ORDERS = 200;
/** Their life is over after some minutes, but the machine may be off. */
const LOOKED_FOR_MS = 24 * 3_600_000;

type Orders = Pick<OrderStore, 'refusedByNode' | 'setStatus' | 'setVoid'>;

/** Orders that a node refused, which it may have passed on all the same. @throws MillraceError DATABASE */
export const refusedOrders = (orders: Orders, account: OrderAccount, nowMs: number): readonly StoredOrder[] =>
  orders.refusedByNode(account, nowMs - LOOKED_FOR_MS, MAX_ORDERS);

/**
 * The nonce that the next order may have at most, so that its owner does not pay twice for what a node refused and passed on: see
 * `signCall`. It is read from the file, into which the app and the command line write.
 * @throws MillraceError DATABASE
 */
export const mostNonce = (orders: Orders, account: OrderAccount, nowMs: number): number =>
  Math.min(...refusedOrders(orders, account, nowMs).map(({ nonce }) => nonce ?? Infinity));

/**
 * Looks once, in all blocks that may have them, what became of the orders that a node refused, for who does not follow them.
 * @throws MillraceError CHAIN_UNREACHABLE, TIMEOUT, ABORTED, DATABASE
 */
export async function lookForRefused(
  { connection, nowMs }: OrderChain,
  orders: Orders,
  account: OrderAccount,
  signal: AbortSignal,
): Promise<void> {
  for (const { id, sent, nonce } of refusedOrders(orders, account, nowMs())) {
    if (sent === null || nonce === null) continue;
    const { found, final } = await connection.ask(
      'Looking for a refused order',
      (api) => look(api, sent, nowMs()),
      signal,
    );
    if (found === null) continue;
    const end = endOf(found);
    if (found.block === null) orders.setVoid(id);
    else orders.setStatus(id, found.block <= final ? end : { kind: 'in-block', block: found.block });
  }
}

async function look(api: ApiPromise, sent: SentCall, nowMs: number) {
  const finalHash = await api.rpc.chain.getFinalizedHead();
  const [best, finalized] = await Promise.all([api.rpc.chain.getHeader(), api.rpc.chain.getHeader(finalHash)]);
  const [head, final] = [best.number.toNumber(), finalized.number.toNumber()];
  const range = { from: sent.afterBlock + 1, head, final, nowMs };
  return { found: await findCall(api, sent, range, new Set()), final };
}
