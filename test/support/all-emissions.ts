import type { ChainClient, EmissionEvent } from '#protocol/chain/chain-client.ts';
import type { Hotkey } from '#protocol/ids.ts';

/** All that a hotkey was paid in final blocks, oldest first, page by page. */
export async function allEmissions(
  chain: ChainClient,
  netuid: number,
  hotkey: Hotkey,
): Promise<readonly EmissionEvent[]> {
  let events: readonly EmissionEvent[] = [];
  let untilBlock = await chain.finalized();
  while (untilBlock > 0) {
    const page = await chain.emissions(netuid, hotkey, { afterBlock: 0, untilBlock });
    if (page.isForgotten) throw new Error(`The chain has forgotten what it paid up to block ${page.afterBlock}`);
    events = [...page.events, ...events];
    untilBlock = page.afterBlock;
  }
  return events;
}
