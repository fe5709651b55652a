import type { Fault, Judged, Outcome } from './fault.ts';

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

/** What is expected of every run, then what is of this one. */
export function judge(fault: Fault, outcome: Outcome, clean: Outcome): readonly Judged[] {
  return [...expectedOfAll(fault, outcome, clean), ...fault.expect(outcome, clean)];
}

function expectedOfAll(fault: Fault, outcome: Outcome, clean: Outcome): readonly Judged[] {
  const { rounds, rewards, roots, losses, deaths } = outcome;
  const kept = rewards.flatMap((reward, n) => (fault.faulty.includes(n) ? [] : [reward / (clean.rewards[n] ?? 0)]));
  const least = Math.min(...kept);
  const worse = finalLoss(losses) / finalLoss(clean.losses) - 1;
  const splits = [...roots].filter(([, all]) => all.size > 1).map(([round]) => round);
  const lost = rounds - losses.size;
  return [
    {
      name: `no honest worker loses > ${percent(MOST_LOST, 0)}`,
      measured: `worst ${least >= 1 ? '+' : '−'}${percent(Math.abs(least - 1))}`,
      ok: least >= 1 - MOST_LOST,
    },
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
