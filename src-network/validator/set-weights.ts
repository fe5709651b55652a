import { rewardWeights } from '#protocol/score/reward-weights.ts';
import type { RoundWork, ValidatorDesk } from './validator-desk.ts';

/** Puts the own ratings on chain as weights. */
export async function setWeights(
  { ports, roster, book, signal }: ValidatorDesk,
  { ratings }: RoundWork,
): Promise<void> {
  const weightOf = rewardWeights(book, ratings);
  const weights = roster.members.flatMap(({ neuron }) => {
    const weight = weightOf.get(neuron.hotkey);
    return weight === undefined ? [] : [{ uid: neuron.uid, weight }];
  });
  // An empty list takes earlier weights back: nobody is paid for a round in which nobody worked.
  const call = { kind: 'set-weights', netuid: ports.netuid, weights } as const;
  const outcome = await ports.chain.submit(call, ports.hotkey, signal);
  if (outcome.kind === 'refused') ports.log('warning', `The chain refused the weights: ${outcome.message}`);
}
