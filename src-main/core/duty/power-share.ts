import type { GpuSignals } from './signals.ts';

/** Part of the time in which the cards may work so that none draws more than its limit. */
export interface PowerShare {
  readonly share: number;
  /** `null`: never. */
  readonly changedAtMs: number | null;
}

/** With less hardly an inner step fits into a round. A card that draws too much even so is not stopped: nothing draws less. */
export const MIN_POWER_SHARE = 0.1;
/** The watts are a mean over seconds: before they show a step there is no next one. */
export const POWER_STEP_MS = 15_000;
/** Below this part of the limit there is room for more; between the two it stays. */
const ROOM_FROM = 0.9;
const STEP_UP = 1.1;

export const FULL_POWER: PowerShare = { share: 1, changedAtMs: null };

/**
 * A step towards the limit, at most one in `POWER_STEP_MS`. Without a limit all is given back at once.
 * @param isWorking what a card draws while it rests says nothing of what it would draw
 */
export function nextPowerShare(
  before: PowerShare,
  limitWatts: number | null,
  {
    gpus,
    isWorking,
    nowMs,
  }: { readonly gpus: readonly GpuSignals[]; readonly isWorking: boolean; readonly nowMs: number },
): PowerShare {
  if (limitWatts === null) return FULL_POWER;
  if (!isWorking) return { ...before, changedAtMs: nowMs };
  // A clock that was set back does not hold the step up.
  const changedAtMs = before.changedAtMs === null ? null : Math.min(before.changedAtMs, nowMs);
  if (changedAtMs !== null && nowMs - changedAtMs < POWER_STEP_MS) return { ...before, changedAtMs };
  const watts = gpus.flatMap((gpu) => (gpu.watts.kind === 'known' ? [gpu.watts.value] : []));
  if (watts.length === 0) return { ...before, changedAtMs };
  const drawn = Math.max(...watts) / limitWatts;
  const share = stepped(before.share, drawn);
  return share === before.share ? { share, changedAtMs } : { share, changedAtMs: nowMs };
}

function stepped(share: number, drawn: number): number {
  if (drawn > 1) return Math.max(MIN_POWER_SHARE, share / drawn);
  return drawn < ROOM_FROM ? Math.min(1, share * STEP_UP) : share;
}
