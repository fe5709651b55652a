import type { MillraceCommitment } from '#protocol/chain/chain-client.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { fittingRatings } from '#protocol/round/fit-manifest.ts';
import { type CheckpointPointer, type Manifest, MAX_MANIFEST_LEFT, sealManifest } from '#protocol/round/manifest.ts';
import { mergeWeight } from '#protocol/round/merge-weight.ts';
import { publishCommitment } from '#worker/run/publish-commitment.ts';
import { nextGlobalState } from '#worker/run/replica.ts';
import { sourcesOf } from '#worker/run/roster.ts';
import { progressLoss } from './evaluate.ts';
import type { RoundWork, ValidatorDesk } from './validator-desk.ts';

/** Makes the next state of what is to be merged, and signs it. It is on chain only with `standBehind`. */
export async function makeManifest(
  desk: ValidatorDesk,
  { round, updates, ratings, known }: RoundWork,
): Promise<BlobHash> {
  const { ports, run, replica, roster, own, signal } = desk;
  const shareOf = new Map(ratings.filter(({ merge }) => merge).map(({ hotkey, mergeShare }) => [hotkey, mergeShare]));
  const selected = updates.flatMap((update) => {
    const share = shareOf.get(update.hotkey);
    return share === undefined ? [] : [{ ...update, weight: mergeWeight(update.staleness, share) }];
  });
  const entries = selected.map(({ hotkey, blob, baseRoot, weight }) => ({ hotkey, blob, baseRoot, weight }));
  const contributions = selected.map(({ hotkey, update, weight }) => ({ update, weight, from: hotkey }));
  const after = await nextGlobalState(run, ports.updates, replica, contributions);
  const next = { ...after, step: replica.step + 1, manifest: null };
  const evalLoss = await progressLoss({
    ...{ run, round, state: next, evaluator: ports.evaluator, pages: ports.pages, signal },
    sources: sourcesOf(roster, own),
  });
  const manifest: Manifest = {
    ...{ run: run.id, round, step: next.step, previous: replica.manifest, evalLoss },
    ...{ baseRoot: replica.root, stateRoot: next.root, checkpoint: ports.checkpoints.newest() ?? desk.first },
    entries,
    left: ratings
      .filter(({ isLeftOut }) => isLeftOut)
      .slice(0, MAX_MANIFEST_LEFT)
      .map(({ hotkey, mergeShare }) => ({ hotkey, isNewcomer: mergeShare < 1 })),
    results: fittingRatings(ratings).map(({ hotkey, score, reputation, reason }) => ({
      hotkey,
      score,
      reputation,
      reason,
    })),
  };
  const hash = await ports.putBlob(sealManifest(manifest, ports.hotkey));
  known.set(hash, { manifest, state: { ...next, manifest: hash } });
  return hash;
}

/** Says on chain that this validator stands behind a manifest, whoever signed it. */
export async function standBehind(desk: ValidatorDesk, round: number, hash: BlobHash): Promise<void> {
  const { ports, runSpec, signal } = desk;
  const checkpoint = committed(ports.checkpoints.newest());
  const commitment = { address: ports.address(), manifest: { round, hash }, checkpoint, runSpec };
  await publishCommitment(ports.chain, ports.netuid, commitment, ports.hotkey, signal);
}

const committed = (pointer: CheckpointPointer | null): MillraceCommitment['checkpoint'] =>
  pointer === null || pointer.index === null
    ? null
    : { step: pointer.step, stateRoot: pointer.stateRoot, index: pointer.index };
