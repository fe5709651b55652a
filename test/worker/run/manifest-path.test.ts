import { describe, expect, it } from 'vitest';
import { MillraceError } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import type { Manifest } from '#protocol/round/manifest.ts';
import { findManifestPath } from '#worker/run/manifest-path.ts';
import { testRoot, testRunId } from '../../support/small-run.ts';

const hashOf = (step: number): BlobHash => `m${step}` as BlobHash;
const FORK = 'fork' as BlobHash;

/** Manifest `m<step>` of round 10 + step. `checkpointStep` 0 is the initial state. */
function manifestAt(step: number, checkpointStep = 0, change: Partial<Manifest> = {}): Manifest {
  return {
    ...{ run: testRunId, round: 10 + step, step, baseRoot: testRoot, stateRoot: testRoot, evalLoss: 1 },
    ...{ entries: [], results: [] },
    previous: step === 1 ? null : hashOf(step - 1),
    checkpoint: checkpointAt(checkpointStep),
    ...change,
  };
}

const checkpointAt = (step: number) => ({
  ...{ step, stateRoot: testRoot },
  manifest: step === 0 ? null : hashOf(step),
  blob: step === 0 ? null : (`c${step}` as BlobHash),
});

function chainOf(...manifests: readonly Manifest[]) {
  const byHash = new Map(manifests.map((manifest) => [hashOf(manifest.step), manifest]));
  const asked: BlobHash[] = [];
  const fetchManifest = (hash: BlobHash): Promise<Manifest> => {
    asked.push(hash);
    const manifest = byHash.get(hash);
    return manifest === undefined
      ? Promise.reject(new MillraceError('BLOB_MISSING', `No source has blob ${hash}`))
      : Promise.resolve(manifest);
  };
  const linked = (...steps: readonly number[]) =>
    steps.map((step) => ({ hash: hashOf(step), manifest: byHash.get(hashOf(step))! }));
  return { asked, fetchManifest, linked };
}

const OWN = { kind: 'own' };
const fromCheckpoint = (step: number) => ({ kind: 'checkpoint', checkpoint: checkpointAt(step) });

describe('the way to the newest manifest', () => {
  it.each([
    // title, step of each manifest's checkpoint (from step 1 on), own manifest, start, steps to apply
    ['begins at the own state', [0, 0, 0, 0], hashOf(2), OWN, [3, 4]],
    ['is one manifest long for who has the one before', [0, 0, 0, 0], hashOf(3), OWN, [4]],
    ['begins at the own initial state', [0, 0, 0, 0], null, OWN, [1, 2, 3, 4]],
    ['of the first manifest begins at the own initial state', [0], null, OWN, [1]],
    ['of the first manifest begins at the initial checkpoint without a state', [0], undefined, fromCheckpoint(0), [1]],
    ['begins at the checkpoint without a state', [0, 0, 0, 2], undefined, fromCheckpoint(2), [3, 4]],
    ['begins at the checkpoint from a fork', [0, 0, 0, 2], FORK, fromCheckpoint(2), [3, 4]],
    ['replays everything from a fork when no checkpoint came yet', [0, 0, 0], FORK, fromCheckpoint(0), [1, 2, 3]],
    ['begins at a checkpoint that is nearer than the own state', [0, 0, 0, 2], hashOf(1), fromCheckpoint(2), [3, 4]],
    ['begins at a checkpoint that is nearer than the initial state', [0, 0, 0, 2], null, fromCheckpoint(2), [3, 4]],
    ['prefers the own state to the same one from a checkpoint', [0, 0, 0, 2], hashOf(2), OWN, [3, 4]],
    ["looks at the target's checkpoint, not at those on the way", [0, 0, 2, 1], FORK, fromCheckpoint(1), [2, 3, 4]],
  ] as const)('%s', async (_, checkpoints, own, start, steps) => {
    const chain = chainOf(...checkpoints.map((checkpoint, i) => manifestAt(i + 1, checkpoint)));
    const path = await findManifestPath(hashOf(checkpoints.length), own, chain.fetchManifest);
    expect(path).toEqual({ start, manifests: chain.linked(...steps) });
    expect(chain.asked, 'nothing beyond the start is fetched').toEqual(steps.map(hashOf).toReversed());
  });

  it.each([
    ['the target', [1, 2], 3],
    ['a link on the way', [1, 3], 2],
    ['the first manifest', [2, 3], 1],
  ])('fails on %s that nobody has, and names it', async (_, present, missing) => {
    const chain = chainOf(...present.map((step) => manifestAt(step)));
    await expect(findManifestPath(hashOf(3), FORK, chain.fetchManifest)).rejects.toMatchObject({
      code: 'BLOB_MISSING',
      message: `No source has blob m${missing}`,
    });
  });

  it.each([
    ['skipped', 4],
    ['repeated', 2],
    ['turned back', 1],
  ])('refuses a link whose step is %s', async (_, step) => {
    const chain = chainOf(manifestAt(1), manifestAt(2));
    const fetchManifest = (hash: BlobHash): Promise<Manifest> =>
      hash === hashOf(3) ? Promise.resolve(manifestAt(3, 0, { step })) : chain.fetchManifest(hash);
    await expect(findManifestPath(hashOf(3), null, fetchManifest)).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: 'Manifest of round 13 does not follow that of round 12',
    });
  });

  it('ends after 10,000 manifests without a checkpoint', async () => {
    let fetched = 0;
    const endless = (hash: BlobHash): Promise<Manifest> => {
      fetched += 1;
      return Promise.resolve(manifestAt(Number(hash.slice(1))));
    };
    await expect(findManifestPath(hashOf(20_000), FORK, endless)).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: 'No checkpoint within 10000 manifests before round 10011',
    });
    expect(fetched).toBe(10_000);
  });
});
