import type { RoundProgress, RoundRecord } from '#protocol/contract/state.ts';

export interface LossPoint {
  readonly round: number;
  readonly loss: number;
}

export interface LossSeries {
  /** Finished rounds, oldest first. */
  readonly points: readonly LossPoint[];
  /** The running round, while no round is finished. */
  readonly live: LossPoint | null;
}

/**
 * The network's own loss on text that nobody trained on, after each round that has a manifest. Until the first one, the live
 * point is this machine's training loss; later it would not compare: a machine knows its own data of the round better.
 */
export function lossSeries(rounds: readonly RoundRecord[], progress: RoundProgress | null): LossSeries {
  const points = rounds.flatMap(({ round, loss, evalLoss = loss }) =>
    evalLoss !== null && Number.isFinite(evalLoss) ? [{ round, loss: evalLoss }] : [],
  );
  const loss = progress?.loss ?? null;
  if (progress === null || loss === null || !Number.isFinite(loss) || points.length > 0) return { points, live: null };
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
