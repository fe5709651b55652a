import { MillraceError } from '#protocol/errors.ts';

export interface TimeUp {
  /** Aborts when the time is up, with a MillraceError TIMEOUT. */
  readonly signal: AbortSignal;
  /** Nobody needs to know any more. */
  readonly end: () => void;
}

/**
 * Watches the time that is left of a round.
 * @param leftMs asked again whenever it should have passed: a chain may be late with its blocks
 */
export function watchTime(leftMs: () => number): TimeUp {
  const up = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    const ms = leftMs();
    if (ms <= 0) up.abort(new MillraceError('TIMEOUT', 'The time to train in this round is up'));
    else timer = setTimeout(look, Math.ceil(ms));
  };
  look();
  return { signal: up.signal, end: () => clearTimeout(timer) };
}
