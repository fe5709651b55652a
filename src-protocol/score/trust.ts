import type { Judgement } from './judge-gains.ts';
import type { ScoringParams } from './scoring-params.ts';
import type { Standing, Trust } from './standing.ts';

/** Of a standing what trust depends on. */
export type TrustState = Pick<Standing, 'trust' | 'negativeStreak' | 'poisonRounds'>;

/** Proven: once beyond every mishap, or a second time beyond the poison limit. */
export const isProvenPoison = ({ verdict }: Judgement, { poisonRounds }: TrustState): boolean =>
  verdict === 'blatant' || (verdict === 'poison' && poisonRounds > 0);

/**
 * What one evaluation makes of the trust in a worker:
 * quarantine → trusted with `quarantineRounds` more good ones than bad ones; trusted → quarantine when one may be poison; any → barred by proven
 * poison or `maxNegatives` without a gain in a row; barred → quarantine after `redemptionRounds` good ones in a row, or after the
 * first good one when nothing is proven (the reference: "3 negatives in a row: out of gather until a positive", facts §2).
 */
export function trustAfterEvaluation(before: TrustState, judgement: Judgement, params: ScoringParams): TrustState {
  const { verdict } = judgement;
  const isPoison = verdict === 'poison' || verdict === 'blatant';
  const poisonRounds = before.poisonRounds + (isPoison ? 1 : 0);
  if (isProvenPoison(judgement, before)) {
    return { poisonRounds, negativeStreak: before.negativeStreak + 1, trust: barred('poison') };
  }
  // Nobody is better or worse for a round that went wrong for most.
  if (verdict === 'waived') return before;
  if (verdict === 'good') return { ...goodEvaluation(before, params), negativeStreak: 0 };
  const negativeStreak = before.negativeStreak + 1;
  return { poisonRounds, negativeStreak, trust: badEvaluation(before.trust, negativeStreak, isPoison, params) };
}

function goodEvaluation(before: TrustState, params: ScoringParams): Pick<TrustState, 'trust' | 'poisonRounds'> {
  const { trust, poisonRounds } = before;
  if (trust.kind === 'trusted') return { trust, poisonRounds };
  const good = trust.good + 1;
  if (trust.kind === 'barred') {
    // Three bad draws in a row happen to honest work, too, when gains are as small as their noise.
    if (trust.why === 'harm') return { trust: quarantined(params), poisonRounds };
    return { trust: good < params.redemptionRounds ? { ...trust, good } : quarantined(params), poisonRounds };
  }
  if (good < params.quarantineRounds) return { trust: { kind: 'quarantine', good }, poisonRounds };
  return { trust: { kind: 'trusted' }, poisonRounds: 0 };
}

function badEvaluation(trust: Trust, streak: number, isPoison: boolean, params: ScoringParams): Trust {
  if (trust.kind === 'barred') return barred(trust.why);
  if (streak >= params.maxNegatives) return barred('harm');
  if (isPoison) return { kind: 'quarantine', good: 0 };
  return trust.kind === 'quarantine' ? { kind: 'quarantine', good: Math.max(0, trust.good - 1) } : trust;
}

/** After a copy: a worker that may hand in another's work is not paid until it has shown its own. */
export const trustAfterCopy = (before: Trust): Trust => barred(before.kind === 'barred' ? before.why : 'copy');

const barred = (why: Extract<Trust, { kind: 'barred' }>['why']): Trust => ({ kind: 'barred', why, good: 0 });

const quarantined = (params: ScoringParams): Trust =>
  params.quarantineRounds === 0 ? { kind: 'trusted' } : { kind: 'quarantine', good: 0 };
