import { setTimeout as delay } from 'node:timers/promises';
import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';
import type { Log } from './log.ts';

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 10_000;

/** What passes by itself: the chain process restarts, the network comes back. */
const PASSING: ReadonlySet<string | undefined> = new Set(['CHAIN_UNREACHABLE', 'TIMEOUT']);

/**
 * Repeats `work` until the chain answers.
 * @throws whatever `work` throws that does not pass by itself; MillraceError ABORTED
 */
export async function untilReachable<Result>(
  work: () => Promise<Result>,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<Result> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(MAX_DELAY_MS, 2 * delayMs)) {
    if (signal.aborted) throw new MillraceError('ABORTED', 'Stopped while waiting for the chain');
    try {
      return await work();
    } catch (error) {
      if (!PASSING.has(errorCode(error))) throw error;
      log('info', `${errorMessage(error)}; trying again in ${delayMs} ms`);
    }
    await delay(delayMs, undefined, { signal }).catch((cause: unknown) => {
      throw new MillraceError('ABORTED', 'Stopped while waiting for the chain', { cause });
    });
  }
}
