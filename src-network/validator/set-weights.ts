import { rewardWeights } from '#protocol/score/reward-weights.ts';
import type { RoundWork, ValidatorDesk } from './validator-desk.ts';

/** Puts the own ratings on chain as weights, or commits to them where they are revealed later. */
export async function setWeights(
  { weightSetter, roster, book, signal }: ValidatorDesk,
  { ratings }: RoundWork,
): Promise<void> {
  const weightOf = rewardWeights(book, ratings);
  const weights = roster.members.flatMap(({ neuron }) => {
    const weight = weightOf.get(neuron.hotkey);
    return weight === undefined ? [] : [{ uid: neuron.uid, weight }];
  });
  // An empty list takes earlier weights back: nobody is paid for a round in which nobody worked.
  await weightSetter.set(weights, signal);
}
