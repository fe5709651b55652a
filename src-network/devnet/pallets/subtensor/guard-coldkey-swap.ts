import { type CallContext, type DecodedCall, DispatchFailure } from '../../runtime/call-context.ts';
import { coldkeySwapDisputes } from './storage-coldkey-swap.ts';
import { SUBTENSOR } from './storage-item.ts';
import { coldkeySwapAnnouncements } from './storage-stake.ts';

const ALLOWED: ReadonlySet<string> = new Set([
  'announce_coldkey_swap',
  'swap_coldkey_announced',
  'dispute_coldkey_swap',
  'clear_coldkey_swap_announcement',
]);

/**
 * Lets a coldkey whose swap is announced do nothing but decide on it, and nothing at all while it is disputed; also when it
 * acts through a batch or a proxy. Source: pallets/subtensor/src/guards/check_coldkey_swap.rs.
 * @throws DispatchFailure ColdkeySwapAnnounced, ColdkeySwapDisputed
 */
export function guardColdkeySwap({ state, origin }: CallContext, { type, value }: DecodedCall): void {
  if (origin.kind !== 'signed' || state.find(coldkeySwapAnnouncements, origin.account) === undefined) return;
  const isDisputed = state.find(coldkeySwapDisputes, origin.account) !== undefined;
  if (isDisputed) throw new DispatchFailure(SUBTENSOR, 'ColdkeySwapDisputed');
  if (type !== SUBTENSOR || !ALLOWED.has(value.type)) throw new DispatchFailure(SUBTENSOR, 'ColdkeySwapAnnounced');
}
