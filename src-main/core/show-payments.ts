import type { Draft } from 'immer';
import type { BlockRange, ChainClient } from '#protocol/chain/chain-client.ts';
import type { AppState } from '#protocol/contract/state.ts';
import type { Hotkey } from '#protocol/ids.ts';
import type { EarnedDay } from './earned-days.ts';
import type { PaymentsRead } from './payment-reader.ts';

/** What was paid in blocks that are not final yet. @throws MillraceError of the chain */
export async function readPending(
  chain: ChainClient,
  netuid: number,
  hotkey: Hotkey,
  range: BlockRange,
  signal: AbortSignal,
): Promise<{ readonly alpha: bigint; readonly rao: bigint }> {
  if (range.untilBlock <= range.afterBlock) return { alpha: 0n, rao: 0n };
  const { events } = await chain.emissions(netuid, hotkey, range, signal);
  const ours = events.filter((event) => event.hotkey === hotkey && event.block > range.afterBlock);
  return {
    alpha: ours.reduce((sum, { amountAlpha }) => sum + amountAlpha, 0n),
    rao: ours.reduce((sum, { amountRao }) => sum + amountRao, 0n),
  };
}

/** Changes only what changed: each payment's patch goes to every client. */
export function showDays(earnings: Draft<AppState['earnings']>, days: readonly EarnedDay<bigint>[]): void {
  const next = days.map(({ dayMs, alpha, rao }) => ({ dayMs, alpha: alpha.toString(), rao: rao.toString() }));
  if (next.length !== earnings.days.length || next[0]?.dayMs !== earnings.days[0]?.dayMs) earnings.days = next;
  for (const [index, day] of next.entries()) {
    const shown = earnings.days[index];
    if (shown?.alpha !== day.alpha || shown.rao !== day.rao) earnings.days[index] = day;
  }
}

const numbers = new Intl.NumberFormat('en');

/** Says which blocks' payments are missing because the node has forgotten them; `null`: none are. */
export function missingPayments({ forgotten }: PaymentsRead): string | null {
  const [oldest, newest] = [forgotten.at(-1), forgotten[0]];
  if (oldest === undefined || newest === undefined) return null;
  const from = numbers.format(oldest.afterBlock + 1);
  const until = numbers.format(newest.untilBlock);
  return (
    `What was paid in the blocks ${from} to ${until} is not counted yet: this node no longer has them. ` +
    'Millrace reads it as soon as it is connected to a node that keeps all blocks. On the chain nothing is lost.'
  );
}
