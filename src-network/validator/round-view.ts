import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import type { RoundTiming } from '#protocol/round/clock.ts';
import type { RoundView } from '#protocol/round/validator-round.ts';
import { decidedManifest } from '#protocol/round/votes.ts';
import { type Roster, votesOf, votingStakeOf } from '#worker/run/roster.ts';

/** What the chain says of a round to one validator. */
export function roundView(
  roster: Roster,
  own: Hotkey,
  round: number,
  at: { readonly block: number; readonly timing: RoundTiming; readonly refused: ReadonlySet<BlobHash> },
): RoundView {
  const votes = votesOf(roster);
  const rank = roster.validators.findIndex(({ neuron }) => neuron.hotkey === own);
  const decided = decidedManifest(votes, votingStakeOf(roster), at.block, at.timing, at.refused);
  const others = votes.filter((vote) => vote.round === round && vote.hotkey !== own && !at.refused.has(vote.manifest));
  return {
    rank: rank < 0 ? null : rank,
    proposals: [...new Set(others.map(({ manifest }) => manifest))],
    own: votes.find((vote) => vote.round === round && vote.hotkey === own)?.manifest ?? null,
    decided: decided?.round === round ? decided.hash : null,
  };
}
