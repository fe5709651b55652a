import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import { deadlineBlock, type RoundTiming } from '#protocol/round/clock.ts';
import type { RoundView } from '#protocol/round/validator-round.ts';
import { decidedManifest } from '#protocol/round/votes.ts';
import { leadsOf, type Roster, votesOf, votingStakeOf } from '#worker/run/roster.ts';
import type { FirstWords } from './first-words.ts';

/** What the chain says of a round to one validator. */
export function roundView(
  roster: Roster,
  own: Hotkey,
  round: number,
  at: {
    readonly block: number;
    readonly timing: RoundTiming;
    readonly refused: ReadonlySet<BlobHash>;
    readonly words: FirstWords;
  },
): RoundView {
  const votes = votesOf(roster);
  const rank = leadsOf(roster, round).indexOf(own);
  const decided = decidedManifest(votes, votingStakeOf(roster), at.block, at.timing, at.refused);
  // A call that a fork has thrown out may be included anew in an earlier block: before the deadline it counts for nothing.
  const ofRound = votes.filter((vote) => vote.round === round && vote.block >= deadlineBlock(round, at.timing));
  const others = ofRound.filter(
    ({ hotkey, manifest }) =>
      hotkey !== own && !at.refused.has(manifest) && (at.words.by.get(hotkey) ?? manifest) === manifest,
  );
  return {
    rank: rank < 0 ? null : rank,
    proposals: [...new Set(others.map(({ manifest }) => manifest))],
    own: ofRound.find((vote) => vote.hotkey === own)?.manifest ?? null,
    decided: decided?.round === round ? decided.hash : null,
  };
}
