import { errorMessage } from '#protocol/errors.ts';
import type { Peer } from '../peer/peer.ts';
import type { BlockClock } from './block-clock.ts';

export interface CommittedAddressOptions {
  readonly peer: Pick<Peer, 'address' | 'onAddress'>;
  readonly clock: BlockClock;
  /** Puts the address of now on chain, with all else that this node says there. */
  readonly commit: () => Promise<void>;
  /** The address that is there now. */
  readonly committed: string;
  readonly warn: (message: string) => void;
}

/** Between two commitments at least: a commitment is a transaction, and an address that comes and goes must not cost one each time. */
const GAP_BLOCKS = 5;

/** Commits anew whenever the address changes, the newest only, until the signal fires; what fails is tried again. */
export function keepAddressCommitted(options: CommittedAddressOptions, signal: AbortSignal): void {
  const { peer, clock, commit, warn } = options;
  let isDue = false;
  let isRunning = false;

  const run = async (): Promise<void> => {
    while (isDue) {
      isDue = false;
      try {
        await commit();
      } catch (error) {
        if (signal.aborted) return;
        isDue = true;
        warn(`The new address could not be committed (tried again later): ${errorMessage(error)}`);
      }
      await clock.waitFor((clock.current()?.number ?? 0) + GAP_BLOCKS, signal);
    }
  };
  const follow = (): void => {
    isDue = true;
    if (isRunning) return;
    isRunning = true;
    run()
      .catch(() => undefined) // stopped while waiting
      .finally(() => (isRunning = false));
  };
  const stop = peer.onAddress(follow);
  if (peer.address() !== options.committed) follow();
  signal.addEventListener('abort', stop, { once: true });
}
