import type { Fault, Judged, Outcome, Played } from './fault.ts';
import { type Loss, lossOf } from './loss-of.ts';

/** What no fault may cost an honest worker. */
const MOST_LOST = 0.1;
/** What no fault may add to the loss at the end. */
const MOST_WORSE = 0.03;

export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of the workers that are not at fault. */
export function honestRewards({ rewards }: Outcome, { faulty }: Pick<Fault, 'faulty'>): readonly number[] {
  return rewards.filter((_, n) => !faulty.includes(n));
}

/** At most this share of what an honest worker earns on average. */
export function earnsAtMost(
  outcome: Outcome,
  fault: Pick<Fault, 'faulty'> & { readonly honestBeside?: readonly number[] },
  most: number,
): Judged {
  const honest = mean(honestRewards(outcome, { faulty: [...fault.faulty, ...(fault.honestBeside ?? [])] }));
  const largest = Math.max(...fault.faulty.map((n) => (outcome.rewards[n] ?? 0) / honest));
  return {
    name: `each at fault earns ≤ ${percent(most, 0)} of an honest worker`,
    measured: percent(largest),
    ok: largest <= most,
  };
}

/** What is expected of every run, then what is of this one; of several runs that of the first which does not hold to it. */
export function judge(fault: Fault, runs: readonly Played[]): readonly Judged[] {
  const each = runs.map(({ outcome, clean }) => [
    ...expectedOfAll(fault, outcome, clean),
    ...fault.expect(outcome, clean),
  ]);
  const [first = []] = each;
  const worst = first.map((one, index) => each.map((all) => all[index]).find((other) => other?.ok === false) ?? one);
  return [...(fault.turns === undefined ? rewardOfEach(fault, runs) : rewardInTurns(fault, runs)), ...worst];
}

function rewardOfEach(fault: Fault, runs: readonly Played[]): readonly Judged[] {
  const least = Math.min(...runs.flatMap((run) => keptBy(fault, run)));
  return [
    {
      name: `no honest worker loses > ${percent(MOST_LOST, 0)}`,
      measured: `worst ${signed(least - 1)}`,
      ok: least >= 1 - MOST_LOST,
    },
  ];
}

/**
 * What luck gives one worker it takes from another: sure is what those lose together who are hit, and what the others do. That must be within
 * the limit and be known well enough to say so; and nobody's own loss may be so far beyond it that the texts' unkindness does not explain it.
 */
function rewardInTurns({ faulty }: Fault, runs: readonly Played[]): readonly Judged[] {
  const most = percent(MOST_LOST, 0);
  const othersOf = ({ hit, outcome }: Played): readonly number[] =>
    [...outcome.rewards.keys()].filter((n) => !hit.includes(n) && !faulty.includes(n));
  const roles = [
    { who: 'those whom it meets', loss: lossOf(runs, ({ hit }) => hit) },
    { who: 'the others', loss: lossOf(runs, othersOf) },
  ];
  const workers = [...new Set(runs.flatMap(({ hit }) => hit))];
  const alone = workers.map((n) => lossOf(runs, ({ hit }) => hit.filter((one) => one === n)));
  const worst = alone.reduce((a, b) => (a.mean > b.mean ? a : b));
  return [
    ...roles.map(({ who, loss }) => ({
      name: `${who} lose ≤ ${most}`,
      measured: lossWords(loss),
      ok: loss.mean <= MOST_LOST && loss.error <= MOST_UNSURE,
    })),
    {
      name: `none whom it meets is shown to lose > ${most}`,
      measured: `worst ${lossWords(worst)}`,
      ok: alone.every(({ mean: lost, error }) => lost - SURE * error <= MOST_LOST),
    },
  ];
}

/** Standard error of what is lost together: a tenth of what it may be. */
const MOST_UNSURE = 0.01;
/** Standard errors: of a hundred measurements five are farther off. */
const SURE = 2;

const lossWords = ({ mean: lost, error }: Loss): string => `${signed(-lost)} ± ${percent(error)}`;

const keptBy = ({ faulty }: Fault, { outcome, clean }: Played): readonly number[] =>
  outcome.rewards.flatMap((reward, n) => (faulty.includes(n) ? [] : [reward / (clean.rewards[n] ?? 0)]));

const signed = (share: number): string => `${share >= 0 ? '+' : '−'}${percent(Math.abs(share))}`;

function expectedOfAll(fault: Fault, outcome: Outcome, clean: Outcome): readonly Judged[] {
  const { rounds, roots, losses, deaths } = outcome;
  const worse = finalLoss(losses) / finalLoss(clean.losses) - 1;
  const splits = [...roots].filter(([, all]) => all.size > 1).map(([round]) => round);
  const lost = rounds - losses.size;
  return [
    {
      name: `final loss within ${percent(MOST_WORSE, 0)} of the clean run`,
      measured: `${worse >= 0 ? '+' : '−'}${percent(Math.abs(worse), 2)}`,
      ok: worse <= MOST_WORSE,
    },
    {
      name:
        fault.mayLose === undefined
          ? 'every round settled, on one state'
          : `≤ ${fault.mayLose} rounds unsettled, one state`,
      measured: `${lost} lost, ${splits.length} split${deaths.length > 0 ? `, ended: ${deaths.join('; ')}` : ''}`,
      ok: lost <= (fault.mayLose ?? 0) && splits.length === 0 && deaths.length === 0,
    },
  ];
}

const finalLoss = (losses: ReadonlyMap<number, number>): number => losses.get(Math.max(...losses.keys())) ?? NaN;
