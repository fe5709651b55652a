import type { DutySettings } from './duty-settings.ts';
import type { Sensed } from './sensed.ts';
import type { WorkerRoundProgress } from './signals.ts';

/** How far "finish this round, then pause" is. */
export type RoundEnd =
  | { readonly kind: 'not-asked' }
  /** `atMs`: as estimated last. */
  | { readonly kind: 'awaited'; readonly round: number; readonly atMs: number }
  | { readonly kind: 'over' };

/**
 * The round under way when it was asked for is the one that is finished; the next one is not begun. Without a round under way, or
 * when nobody knows of one, it is over at once: the owner asked for an end.
 */
export function nextRoundEnd(
  before: RoundEnd,
  { finishRound }: Pick<DutySettings, 'finishRound'>,
  progress: Sensed<WorkerRoundProgress>,
  nowMs: number,
): RoundEnd {
  if (!finishRound) return { kind: 'not-asked' };
  if (before.kind === 'over') return before;
  if (progress.kind === 'unknown') {
    return before.kind === 'awaited' && nowMs < before.atMs ? before : { kind: 'over' };
  }
  const { round, isTraining, roundEndsInMs } = progress.value;
  if (!isTraining || (before.kind === 'awaited' && before.round !== round)) return { kind: 'over' };
  return { kind: 'awaited', round, atMs: nowMs + roundEndsInMs };
}
