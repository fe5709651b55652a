import type { RoundRecord } from '#protocol/contract/state.ts';

type Told = Pick<RoundRecord, 'score' | 'scoreReason' | 'stateRoot' | 'rewardRao'>;

/**
 * Why a round has this score, or none. Of a round without a result it also says how that goes with its pay: the chain knows nothing of
 * rounds, and pays by the weights that validators set after each.
 */
export function roundReason({ score, scoreReason, stateRoot, rewardRao }: Told): string {
  if (score !== null) return scoreReason ?? '';
  if (stateRoot !== null) return scoreReason ?? 'The validator has not scored it yet.';
  return `${sentence(scoreReason ?? 'No result of this round was found')} ${payWords(rewardRao)}`;
}

function payWords(rewardRao: string | null): string {
  if (rewardRao === null) return 'Pay may still come: the chain goes by the validators’ newest weights.';
  return rewardRao === '0'
    ? 'Nothing was paid in it: the chain goes by the validators’ newest weights, at the end of an epoch.'
    : 'Paid all the same: the chain goes by the validators’ newest weights, which they set before.';
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
