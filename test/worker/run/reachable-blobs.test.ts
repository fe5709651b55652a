import { beforeEach, describe, expect, it } from 'vitest';
import type { BlobHash } from '#protocol/ids.ts';
import type { CheckpointPointer } from '#protocol/round/manifest.ts';
import { createReachableBlobs } from '#worker/run/reachable-blobs.ts';
import { initialState } from '#worker/run/replica.ts';
import { pointerOf, storeCheckpoint } from '../../support/checkpoint-fixtures.ts';
import { createMemoryBlobs, type MemoryBlobs } from '../../support/memory-blobs.ts';
import { type SealedRound, sealRound, testRun } from '../../support/round-fixtures.ts';

const start = await initialState(testRun);
const none: CheckpointPointer = { step: 0, stateRoot: start.root, manifest: null, index: null };
let blobs: MemoryBlobs;
let rounds: SealedRound[];
let checkpoints: ReturnType<typeof storeCheckpoint>[];

/** Seven rounds with a checkpoint after the second, the fourth and the sixth. */
beforeEach(() => {
  blobs = createMemoryBlobs();
  rounds = [];
  checkpoints = [];
  for (let i = 0; i < 7; i += 1) {
    const newest = checkpoints.at(-1);
    const checkpoint = newest === undefined ? none : pointerOf(newest);
    rounds.push(sealRound(blobs, rounds.at(-1)?.state ?? start, 20 + i, { checkpoint }));
    if (i % 2 === 1) checkpoints.push(storeCheckpoint(blobs, rounds.at(-1)!.state));
  }
});

const reachable = async (newest: SealedRound) =>
  new Set(await createReachableBlobs(testRun, (hash) => Promise.resolve(blobs.read(hash)))(newest.hash));
const ofRounds = (some: readonly SealedRound[]): readonly BlobHash[] =>
  some.flatMap(({ hash, manifest }) => [hash, ...manifest.entries.map(({ blob }) => blob)]);
const ofCheckpoints = (some: typeof checkpoints): readonly BlobHash[] =>
  some.flatMap(({ index, parts }) => [index, ...parts]);

describe('what others may ask for to catch up', () => {
  it('are the newest two checkpoints and all that leads on from the older', async () => {
    const expected = [...ofRounds(rounds.slice(4)), ...ofCheckpoints(checkpoints.slice(1))];
    expect(await reachable(rounds[6]!)).toEqual(new Set(expected));
  });

  it('are all rounds while the second checkpoint is the initial state', async () => {
    expect(await reachable(rounds[3]!)).toEqual(
      new Set([...ofRounds(rounds.slice(0, 4)), ...ofCheckpoints(checkpoints.slice(0, 1))]),
    );
  });

  it('are what is here, when something is missing', async () => {
    blobs.remove(rounds[5]!.hash);
    blobs.remove(checkpoints[2]!.index);
    expect(await reachable(rounds[6]!)).toEqual(new Set(ofRounds(rounds.slice(6))));
  });

  it('are no parts that a false index names', async () => {
    const checkpoint = { ...pointerOf(checkpoints[2]!), step: 5 };
    const last = sealRound(blobs, rounds[5]!.state, 27, { checkpoint });
    expect(await reachable(last)).not.toContain(checkpoints[2]!.index);
  });

  it('are the manifests of a few checkpoints at most, also when a validator makes no more', async () => {
    for (let i = 7; i < 20; i += 1) rounds.push(sealRound(blobs, rounds.at(-1)!.state, 20 + i, { checkpoint: none }));
    expect(await reachable(rounds.at(-1)!)).toEqual(new Set(ofRounds(rounds.slice(-8))));
  });

  it('do not end at a checkpoint that claims to be ahead', async () => {
    const lie = { ...pointerOf(checkpoints[2]!), step: 99 };
    const last = sealRound(blobs, rounds[6]!.state, 27, { checkpoint: lie });
    const expected = [...ofRounds([...rounds.slice(4), last]), ...ofCheckpoints(checkpoints.slice(1))];
    expect(await reachable(last)).toEqual(new Set(expected));
  });

  it('come with the newest manifest first, each opened once', async () => {
    const read: BlobHash[] = [];
    const find = createReachableBlobs(testRun, (hash) => {
      read.push(hash);
      return Promise.resolve(blobs.read(hash));
    });
    expect((await find(rounds[5]!.hash))[0]).toBe(rounds[5]!.hash);
    read.length = 0;
    await find(rounds[6]!.hash);
    expect(read.filter((hash) => rounds.some((round) => round.hash === hash))).toEqual([rounds[6]!.hash]);
  });
});
