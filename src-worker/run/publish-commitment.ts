import type { ChainClient, MillraceCommitment } from '#protocol/chain/chain-client.ts';
import { encodeCommitment } from '#protocol/chain/commitment.ts';
import { MillraceError } from '#protocol/errors.ts';
import type { KeyPair } from '#protocol/keys.ts';

/** Puts the own commitment on chain. @returns the block that includes it. @throws MillraceError CHAIN_REFUSED */
export async function publishCommitment(
  chain: ChainClient,
  netuid: number,
  commitment: MillraceCommitment,
  hotkey: KeyPair,
  signal: AbortSignal,
): Promise<number> {
  const call = { kind: 'set-commitment', netuid, fields: encodeCommitment(commitment) } as const;
  const outcome = await chain.submit(call, hotkey, signal);
  if (outcome.kind === 'refused') {
    throw new MillraceError('CHAIN_REFUSED', `The chain refused the commitment: ${outcome.message}`);
  }
  return outcome.block;
}
