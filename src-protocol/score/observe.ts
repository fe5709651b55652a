import { assertNever } from '../assert-never.ts';
import type { Judgement } from './judge-gains.ts';
import type { Observation } from './observation.ts';
import { type Deed, reputationAfter } from './reputation.ts';
import type { ScoringParams } from './scoring-params.ts';
import type { Standing } from './standing.ts';
import { isProvenPoison, trustAfterCopy, trustAfterEvaluation } from './trust.ts';

/** Nearly another's work: the very bytes are no update of its sender's, and refused as such. */
export const isCopy = (observation: Observation): boolean =>
  observation.kind === 'update' && observation.similarTo !== null;

/** Its size says that it is not what the worker was asked for, so that its gain would show nothing. */
export const goesTooFar = (observation: Observation): boolean => observation.kind === 'update' && observation.isTooFar;

/** Rounds with an update that make good for one that was excused. */
const EXCUSED_DEBT = 10;

const mostDebt = ({ maxExcusedRounds }: ScoringParams): number => EXCUSED_DEBT * maxExcusedRounds;

/** Whether an excused round is paid as those before: a few are. Else one work would be paid for ever, by a fault that it may have brought about. */
export const isExcusePaid = ({ excusedDebt }: Standing, params: ScoringParams): boolean =>
  excusedDebt <= mostDebt(params);

/** A standing after one round; skill, score and reward are not its business. */
export function observe(
  before: Standing,
  observation: Observation,
  judgement: Judgement | null,
  params: ScoringParams,
  roundBlocks: number,
): Standing {
  const delivered = { uptime: average(before.uptime, 1, params), excusedDebt: Math.max(0, before.excusedDebt - 1) };
  const missing = { uptime: average(before.uptime, 0, params) };
  const fault = { reputation: reputationAfter(before.reputation, 'fault', params, roundBlocks) };
  if (isCopy(observation)) return { ...before, ...missing, ...fault, trust: trustAfterCopy(before.trust) };
  switch (observation.kind) {
    case 'excused':
      return { ...before, excusedDebt: Math.min(before.excusedDebt + EXCUSED_DEBT, mostDebt(params) + EXCUSED_DEBT) };
    case 'absent':
      return { ...before, ...missing };
    case 'refused':
      switch (observation.reason) {
        case 'late':
        case 'unreachable':
        case 'other-version':
          return { ...before, ...missing };
        case 'wrong-base':
          return { ...before, ...delivered, agreement: average(before.agreement, 0, params) };
        case 'corrupt':
          return { ...before, ...missing, ...fault };
        default:
          return assertNever(observation.reason, 'reason of a refusal');
      }
    case 'update': {
      const present = { ...before, ...delivered, agreement: average(before.agreement, 1, params) };
      if (observation.isTooFar) return { ...present, ...trustAfterEvaluation(present, NOTHING_SHOWN, params) };
      return update(present, judgement, params, roundBlocks);
    }
  }
}

/** As an update that changes nothing. */
const NOTHING_SHOWN: Judgement = { gain: 0, ownGain: 0, ownData: null, harm: 0, verdict: 'negative' };

function update(present: Standing, judgement: Judgement | null, params: ScoringParams, roundBlocks: number): Standing {
  if (judgement === null) {
    const isVouchedFor = present.trust.kind === 'trusted' && present.negativeStreak === 0;
    return {
      ...present,
      reputation: reputationAfter(present.reputation, isVouchedFor ? 'good-work' : 'nothing', params, roundBlocks),
    };
  }
  const isPoison = isProvenPoison(judgement, present);
  const trust = trustAfterEvaluation(present, judgement, params);
  const deed = isPoison ? 'poison' : deedOf(judgement, present, trust.negativeStreak, params);
  return {
    ...present,
    ...trust,
    reputation: reputationAfter(present.reputation, deed, params, roundBlocks),
    heldBack: isPoison ? 0 : present.heldBack,
    ownData: judgement.ownData === null ? present.ownData : average(present.ownData, judgement.ownData, params),
  };
}

function deedOf({ verdict }: Judgement, { trust }: Standing, negativeStreak: number, params: ScoringParams): Deed {
  if (verdict === 'good') return trust.kind === 'barred' ? 'nothing' : 'good-work';
  const isHarm = verdict === 'harmful' || verdict === 'poison';
  return isHarm && negativeStreak >= params.maxNegatives ? 'fault' : 'nothing';
}

/** Within ±1 in spite of rounding. */
const average = (old: number, value: number, { memory }: ScoringParams): number =>
  Math.min(1, Math.max(-1, memory * old + (1 - memory) * value));
