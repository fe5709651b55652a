import { describe, expect, it } from 'vitest';
import { MillraceError } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import type { Manifest } from '#protocol/round/manifest.ts';
import { ManifestChain } from '#worker/run/manifest-chain.ts';
import { startingPoints } from '#worker/run/starting-points.ts';
import { testKey, testRoot, testRunId } from '../../support/small-run.ts';

const hashOf = (step: number): BlobHash => `m${step}` as BlobHash;
const signer = hotkeyOf(testKey(9));
const FORK = { step: 2, manifest: 'fork' as BlobHash };
const own = (step: number) => ({ step, manifest: step === 0 ? null : hashOf(step) });

/** Manifest `m<step>` of round 10 + step. `checkpointStep` 0 is the initial state. */
function manifestAt(step: number, checkpointStep = 0, change: Partial<Manifest> = {}): Manifest {
  return {
    ...{ run: testRunId, round: 10 + step, step, baseRoot: testRoot, stateRoot: testRoot, evalLoss: 1 },
    ...{ entries: [], left: [], results: [] },
    previous: step === 1 ? null : hashOf(step - 1),
    checkpoint: {
      ...{ step: checkpointStep, stateRoot: testRoot },
      manifest: checkpointStep === 0 ? null : hashOf(checkpointStep),
      index: checkpointStep === 0 ? null : (`c${checkpointStep}` as BlobHash),
    },
    ...change,
  };
}

function chainOf(manifests: readonly Manifest[], target = manifests.length) {
  const byHash = new Map(manifests.map((manifest) => [hashOf(manifest.step), manifest]));
  const asked: BlobHash[] = [];
  const chain = new ManifestChain(hashOf(target), (hash) => {
    asked.push(hash);
    const manifest = byHash.get(hash);
    return manifest === undefined
      ? Promise.reject(new MillraceError('BLOB_MISSING', `No source has blob ${hash}`))
      : Promise.resolve({ manifest, signer, sizeBytes: 1000 });
  });
  return { asked, chain };
}

/** Every starting point as a word: `own 3`, `checkpoint 4`. What ends the list early comes last. */
async function pointsOf(chain: ManifestChain, ownState: typeof FORK | ReturnType<typeof own>): Promise<string[]> {
  const words: string[] = [];
  try {
    for await (const { from, step, manifests } of startingPoints(chain, ownState, 3)) {
      expect(chain.newest(manifests).map(({ manifest }) => manifest.step)[0]).toBe(step + 1);
      words.push(`${from.kind} ${step}`);
    }
  } catch (error) {
    words.push((error as Error).message);
  }
  return words;
}

describe('the places from which the newest manifest is reached', () => {
  it.each([
    // title, step of each manifest's checkpoint (from step 1 on), own state, places in order
    ['are the own state, then the initial one', [0, 0, 0, 0], own(2), ['own 2', 'checkpoint 0']],
    [
      'begin with the own state, also when a checkpoint is nearer',
      [0, 0, 0, 3, 3],
      own(2),
      ['own 2', 'checkpoint 3', 'checkpoint 0'],
    ],
    [
      'begin with the checkpoint when the own state is far',
      [0, 0, 0, 3, 3],
      own(1),
      ['checkpoint 3', 'own 1', 'checkpoint 0'],
    ],
    ['are the own initial state', [0, 0], own(0), ['own 0']],
    [
      'are all checkpoints for who is on a fork, the newest first',
      [0, 0, 2, 2, 4, 4],
      FORK,
      ['checkpoint 4', 'checkpoint 2', 'checkpoint 0'],
    ],
    ['are the checkpoint for who is on a fork nearby', [0, 0, 2, 2], FORK, ['checkpoint 2', 'checkpoint 0']],
    ['are no checkpoint that no manifest led to', [0, 0, 7, 7], own(0), ['own 0']],
  ] as const)('%s', async (_, checkpoints, ownState, places) => {
    const { chain } = chainOf(checkpoints.map((checkpoint, i) => manifestAt(i + 1, checkpoint)));
    expect(await pointsOf(chain, ownState)).toEqual(places);
  });

  it('are looked for only as far as they are asked for', async () => {
    const { chain, asked } = chainOf([0, 0, 0, 3, 3].map((checkpoint, i) => manifestAt(i + 1, checkpoint)));
    await startingPoints(chain, own(4), 3).next();
    expect(asked).toEqual(['m5']);
  });

  it('are none of too few steps, and nothing is read for their sake', async () => {
    const { chain, asked } = chainOf([0, 0, 0, 3, 3, 3].map((checkpoint, i) => manifestAt(i + 1, checkpoint)));
    const points = startingPoints(chain, own(5), 3, () => 5);
    expect((await points.next()).value).toMatchObject({ from: { kind: 'own' } });
    expect((await points.next()).done).toBe(true);
    expect(asked).toEqual(['m6', 'm5']);
  });

  it('are told as far as there are manifests, then which is gone', async () => {
    const manifests = [0, 0, 0, 3, 3].map((checkpoint, i) => manifestAt(i + 1, checkpoint));
    const { chain } = chainOf(
      manifests.filter(({ step }) => step !== 2),
      5,
    );
    expect(await pointsOf(chain, own(1))).toEqual(['checkpoint 3', 'No source has blob m2']);
    const near = chainOf(
      manifests.filter(({ step }) => step !== 3),
      5,
    );
    expect(await pointsOf(near.chain, own(2)), 'before the own state is met').toEqual([
      'checkpoint 3',
      'No source has blob m3',
    ]);
  });
});

describe('a chain of manifests', () => {
  it('ends before the first', async () => {
    const { chain } = chainOf([manifestAt(1), manifestAt(2)]);
    expect(await chain.at(1)).toMatchObject({ hash: 'm1' });
    expect(await chain.at(2)).toBeNull();
    expect(chain.newest(9).map(({ hash }) => hash)).toEqual(['m1', 'm2']);
  });

  it.each([
    ['skipped', 4],
    ['repeated', 2],
    ['turned back', 1],
  ])('refuses a link whose step is %s', async (_, step) => {
    const { chain } = chainOf([manifestAt(1), manifestAt(2)]);
    const lying = new ManifestChain(hashOf(3), (hash) =>
      hash === hashOf(3)
        ? Promise.resolve({ manifest: manifestAt(3, 0, { step }), signer, sizeBytes: 1000 })
        : chain.at(0).then((link) => ({ manifest: link!.manifest, signer, sizeBytes: 1000 })),
    );
    await expect(lying.at(1)).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: 'Manifest of round 13 does not follow that of round 12',
    });
  });

  it.each([
    ['10,000 manifests', 1000, 10_000],
    ['256 MiB of them', 2 ** 20, 256],
  ])('is read no further than %s', async (_, sizeBytes, most) => {
    let fetched = 0;
    const endless = new ManifestChain(hashOf(20_000), (hash) => {
      fetched += 1;
      return Promise.resolve({ manifest: manifestAt(Number(hash.slice(1))), signer, sizeBytes });
    });
    expect(await endless.at(most - 1)).not.toBeNull();
    expect(endless.isCut).toBe(true);
    expect(await endless.at(most)).toBeNull();
    expect(fetched).toBe(most);
  });
});
