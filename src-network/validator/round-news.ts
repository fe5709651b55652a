import type { BlobHash } from '#protocol/ids.ts';
import type { ValidatorNews } from '#protocol/validator-news.ts';
import { leadsOf } from '#worker/run/roster.ts';
import type { ManifestVerdict } from './check-manifest.ts';
import type { RoundWork, ValidatorDesk } from './validator-desk.ts';

/** What the operator hears when announcements are taken. */
export function roundOpened(
  { roster, own, replica }: Pick<ValidatorDesk, 'roster' | 'own' | 'replica'>,
  round: number,
): ValidatorNews {
  const rank = leadsOf(roster, round).indexOf(own);
  return {
    ...{ kind: 'round-opened', round, step: replica.step },
    ...{ rank: rank < 0 ? null : rank, validators: roster.validators.length },
  };
}

/** What the operator hears when every update has its rating. */
export const roundJudged = (
  { round, updates, ratings }: Pick<RoundWork, 'round' | 'updates' | 'ratings'>,
  seconds: number,
): ValidatorNews => ({
  ...{ kind: 'judged', round, announced: updates.length, seconds },
  ratings: ratings.map(({ hotkey, score, reputation, reason, merge }) => {
    return { hotkey, score, reputation, reason, merged: merge };
  }),
});

/** What the operator hears of another validator's manifest. */
export const manifestChecked = (round: number, hash: BlobHash, verdict: ManifestVerdict): ValidatorNews => ({
  ...{ kind: 'manifest-checked', round, hash, verdict: verdict.kind },
  signer: 'signer' in verdict ? verdict.signer : null,
  reason: 'why' in verdict ? verdict.why : null,
});
