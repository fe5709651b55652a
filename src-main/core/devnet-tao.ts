import type { ChainClient } from '#protocol/chain/chain-client.ts';
import type { Coldkey } from '#protocol/ids.ts';
import type { KeyPair } from '#protocol/keys.ts';
import { rao, RAO_PER_TAO } from '#protocol/units.ts';
import type { Log } from './log.ts';

/** Who has less is given some. A registration costs a thousandth of it. */
const LEAST_RAO = RAO_PER_TAO;
const GIFT_RAO = rao(10n * RAO_PER_TAO);

export interface DevnetGift {
  readonly chain: ChainClient;
  readonly from: KeyPair;
  readonly to: Coldkey;
  readonly log: Log;
}

/**
 * On the devnet a newcomer is given TAO, which has no value there, to register with. When that fails it is said; registering then
 * says what is missing.
 * @throws MillraceError CHAIN_UNREACHABLE, TIMEOUT, ABORTED
 */
export async function giveDevnetTao({ chain, from, to, log }: DevnetGift, signal: AbortSignal): Promise<void> {
  if ((await chain.balance(to, signal)) >= LEAST_RAO) return;
  const outcome = await chain.submit({ kind: 'transfer', to, amountRao: GIFT_RAO }, from, signal);
  if (outcome.kind === 'refused') log('info', `No devnet TAO was given: ${outcome.message}`);
}
