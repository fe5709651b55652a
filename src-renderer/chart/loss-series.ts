import type { RoundProgress, RoundRecord } from '#protocol/contract/state.ts';

export interface LossPoint {
  readonly round: number;
  readonly loss: number;
}

export interface LossSeries {
  /** Finished rounds, oldest first. */
  readonly points: readonly LossPoint[];
  /** The running round, where it has a loss and is not finished yet. */
  readonly live: LossPoint | null;
}

export function lossSeries(rounds: readonly RoundRecord[], progress: RoundProgress | null): LossSeries {
  const points = rounds.filter(({ loss }) => Number.isFinite(loss)).map(({ round, loss }) => ({ round, loss }));
  const last = points.at(-1);
  const loss = progress?.loss ?? null;
  if (progress === null || loss === null || !Number.isFinite(loss)) return { points, live: null };
  if (last !== undefined && progress.round <= last.round) return { points, live: null };
  return { points, live: { round: progress.round, loss } };
}

/** The curve in one sentence, for those who do not see it. */
export function lossSummary({ points, live }: LossSeries): string {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) {
    return live === null ? 'No round is finished yet.' : `First round running, loss ${live.loss.toFixed(3)} so far.`;
  }
  if (first === last) return `Loss ${first.loss.toFixed(3)} in round ${first.round}, the only one so far.`;
  const direction = last.loss < first.loss ? 'fell' : last.loss > first.loss ? 'rose' : 'went';
  return (
    `Loss ${direction} from ${first.loss.toFixed(3)} in round ${first.round} ` +
    `to ${last.loss.toFixed(3)} in round ${last.round}.`
  );
}
