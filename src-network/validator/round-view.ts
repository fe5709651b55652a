import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import type { RoundTiming } from '#protocol/round/clock.ts';
import type { RoundView } from '#protocol/round/validator-round.ts';
import { decidedManifest } from '#protocol/round/votes.ts';
import { type Roster, votesOf } from '#worker/run/roster.ts';

/** What the chain says of a round to one validator. */
export function roundView(
  roster: Roster,
  own: Hotkey,
  round: number,
  at: { readonly block: number; readonly timing: RoundTiming; readonly refused: ReadonlySet<BlobHash> },
): RoundView {
  const votes = votesOf(roster);
  const rank = roster.validators.findIndex(({ neuron }) => neuron.hotkey === own);
  const decided = decidedManifest(votes, at.block, at.timing, at.refused);
  const proposals = votes.flatMap(({ hotkey, manifest }) =>
    manifest?.round === round && hotkey !== own && !at.refused.has(manifest.hash) ? [manifest.hash] : [],
  );
  return {
    rank: rank < 0 ? null : rank,
    proposals: [...new Set(proposals)],
    decided: decided?.round === round ? decided.hash : null,
  };
}
