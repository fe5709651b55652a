import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { errorMessage } from '#protocol/errors.ts';
import type { Hotkey } from '#protocol/ids.ts';
import type { Peer } from '../peer/peer.ts';
import type { BlockClock } from './block-clock.ts';
import { readRoster, sourcesOf } from './roster.ts';

export interface FollowMembersOptions {
  readonly chain: ChainClient;
  readonly clock: BlockClock;
  readonly netuid: number;
  readonly own: Hotkey;
  readonly peer: Pick<Peer, 'introduce'>;
  /** Addresses to begin with, before the chain and beside it. */
  readonly bootstrap: readonly string[];
  readonly warn: (message: string) => void;
}

/** Two minutes on Bittensor: members come and go more slowly. */
const EVERY_BLOCKS = 10;

/**
 * Tells the peer who takes part in the run and where they are, as they committed it, validators first: that is its bootstrap list,
 * and relays are sought among them. Ends when the signal fires. Never throws.
 */
export async function followMembers(options: FollowMembersOptions, signal: AbortSignal): Promise<void> {
  const { chain, clock, netuid, own, peer, bootstrap, warn } = options;
  peer.introduce(bootstrap);
  let hasWarned = false;
  const isStopped = (): boolean => signal.aborted;
  for (let next = 0; !isStopped();) {
    try {
      next = (await clock.waitFor(next, signal)).number + EVERY_BLOCKS;
      const roster = await readRoster(chain, netuid, signal);
      peer.introduce([...bootstrap, ...sourcesOf(roster, own)]);
      hasWarned = false;
    } catch (error) {
      if (isStopped()) return;
      if (!hasWarned) warn(`The members of the run could not be read (tried again later): ${errorMessage(error)}`);
      hasWarned = true;
    }
  }
}
