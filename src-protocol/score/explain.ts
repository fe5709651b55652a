import { assertNever } from '../assert-never.ts';
import type { Judgement } from './judge-gains.ts';
import type { MergeDecision } from './merge-decision.ts';
import type { Observation } from './observation.ts';
import { isExcusePaid } from './observe.ts';
import type { ScoringParams } from './scoring-params.ts';
import type { Standing } from './standing.ts';

/** The manifest's limit. */
const MAX_REASON = 300;

export interface Explained {
  readonly observation: Observation;
  readonly before: Standing;
  readonly after: Standing;
  readonly judgement: Judgement | null;
  readonly merge: MergeDecision;
  /** The largest gain of the round. */
  readonly bestGain: number;
}

/** What happened, then what it did to score and reputation, then the parts of the score that are not whole. */
export function explain(one: Explained, params: ScoringParams): string {
  const { before, after, judgement } = one;
  if (one.observation.kind === 'excused') {
    const unpaid = isExcusePaid(after, params) ? '' : '; too many such rounds, this one is not paid';
    return `Excused: nothing moves${unpaid}`;
  }
  const moved = [
    change('Score', before.score, after.score),
    change('Reputation', before.reputation, after.reputation),
    trustNews(one, params),
    // Also where they make the score 0: then more than ever the owner wants to know why.
    after.score > 0 || (judgement !== null && after.trust.kind !== 'barred') ? factors(after, params) : '',
  ];
  return [event(one), ...moved]
    .filter((part) => part !== '')
    .join('. ')
    .slice(0, MAX_REASON);
}

function event(one: Explained): string {
  const { observation, judgement, merge } = one;
  switch (observation.kind) {
    case 'excused':
      return '';
    case 'absent':
      return 'No update arrived';
    case 'refused':
      switch (observation.reason) {
        case 'late':
          return `The update was late${observation.lateByBlocks === undefined ? '' : ` by ${observation.lateByBlocks} blocks`}`;
        case 'unreachable':
          return 'The update was announced, but could not be fetched';
        case 'wrong-base':
          return 'The update starts from a state that the run does not have';
        case 'other-version':
          return 'The update was made by another version of the program: update it';
        case 'corrupt':
          return 'The update was corrupt';
        default:
          return assertNever(observation.reason, 'reason of a refusal');
      }
    case 'update': {
      if (observation.similarTo === observation.hotkey) return 'Nearly the own update that was merged before';
      if (observation.similarTo !== null) return `Nearly the update that ${observation.similarTo} announced before`;
      const measured = judgement === null ? 'Not evaluated this round' : measures(observation, judgement, one.bestGain);
      if (merge.why !== null) return `${measured}; not merged: ${merge.why}`;
      const { staleness } = observation;
      const age = staleness === 0 ? '' : ` at a lower weight (made from a state ${staleness} steps old)`;
      return merge.share < 1 ? `${measured}; merged at ${percent(merge.share, 0)}${age}` : `${measured}; merged${age}`;
    }
  }
}

function measures(
  { timesUsualLength }: Extract<Observation, { kind: 'update' }>,
  { gain, ownGain }: Judgement,
  bestGain: number,
): string {
  if (gain === -Infinity) return 'With this update the loss is no number';
  const best = gain > 0 ? ` (best ${percent(bestGain)})` : '';
  const long =
    gain > 0 && timesUsualLength >= 1.05
      ? ` at the usual length (it has ${timesUsualLength.toFixed(1)} times that)`
      : '';
  return `Loss on unseen text ${gain >= 0 ? 'down' : 'up'} ${percent(Math.abs(gain))}${long}${best}, own text ${percent(ownGain)}`;
}

/** What the worker has to do for more trust. */
function trustNews({ before, after }: Explained, params: ScoringParams): string {
  const { trust } = after;
  switch (trust.kind) {
    case 'trusted':
      return before.trust.kind === 'trusted' ? '' : 'Trusted from now on';
    case 'quarantine':
      return `Quarantine: ${trust.good} of ${params.quarantineRounds} good evaluations`;
    case 'barred': {
      const forfeited = before.heldBack > 0 && after.heldBack === 0 ? ', what was held back is forfeited' : '';
      const needed = trust.why === 'harm' ? 1 : params.redemptionRounds;
      return `Barred${forfeited}: ${trust.good} of ${needed} good evaluations in a row`;
    }
  }
}

function factors({ uptime, agreement, ownData }: Standing, { ownDataTarget }: ScoringParams): string {
  const parts = [
    ['uptime', uptime],
    ['agreement', agreement],
    ['own data', Math.min(1, Math.max(0, ownData / ownDataTarget))],
  ] as const;
  const short = parts.filter(([, value]) => value < 0.995).map(([name, value]) => `${name} ${percent(value, 0)}`);
  return short.length === 0 ? '' : `Counts: ${short.join(', ')}`;
}

const change = (what: string, before: number, after: number): string => {
  const [from, to] = [before.toFixed(1), after.toFixed(1)];
  return from === to ? `${what} ${to}` : `${what} ${from} → ${to}`;
};

const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)} %`;
