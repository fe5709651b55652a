import { beforeEach, describe, expect, it } from 'vitest';
import { checkpointBytes, encodeCheckpoint } from '#protocol/checkpoint.ts';
import type { RunId } from '#protocol/ids.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { type Manifest, MAX_MANIFEST_BYTES } from '#protocol/round/manifest.ts';
import { maxUpdateBytes } from '#protocol/update/update-blob.ts';
import { initialWeights } from '#protocol/initial-weights.ts';
import { stateRoot } from '#protocol/state-root.ts';
import { initialState, type ReplicaState, syncReplica } from '#worker/run/replica.ts';
import { inlineCodec } from '../../support/inline-codec.ts';
import { createMemoryBlobs, type MemoryBlobs } from '../../support/memory-blobs.ts';
import { type SealedRound, sealRound, testRun, updateBlob, validatorKey } from '../../support/round-fixtures.ts';
import { smallRun, testKey, testRoot } from '../../support/small-run.ts';

let blobs: MemoryBlobs;
let progress: string[];
let aborting: AbortController;
const start = initialState(testRun);
const from = ['/memory/validator', '/memory/worker'];

beforeEach(() => {
  blobs = createMemoryBlobs();
  progress = [];
  aborting = new AbortController();
});

const sync = (own: ReplicaState, target: SealedRound) =>
  syncReplica(testRun, { blobs, updates: inlineCodec }, own, target.hash, {
    from,
    validators: new Set([hotkeyOf(validatorKey)]),
    signal: aborting.signal,
    onProgress: (detail) => progress.push(detail),
  });
const linked = ({ hash, manifest }: SealedRound) => ({ hash, manifest });
const advanced = (state: ReplicaState, ...applied: readonly SealedRound[]) => ({
  ...{ kind: 'advanced', state, applied: applied.map(linked) },
});

/** Rounds 20, 21, … each on the state that the one before left; `changes` are made to the manifests in turn. */
function sealRounds(...changes: readonly Partial<Manifest>[]): readonly SealedRound[] {
  const rounds: SealedRound[] = [];
  for (const [i, change] of changes.entries()) {
    rounds.push(sealRound(blobs, rounds.at(-1)?.state ?? start, 20 + i, change));
  }
  return rounds;
}
const checkpointOf = ({ state }: SealedRound, bytes = encodeCheckpoint(state)) => ({
  ...{ step: state.step, stateRoot: state.root, manifest: state.manifest, blob: blobs.put(bytes) },
});

describe('a replica', () => {
  it("begins with the run's initial weights", () => {
    const parameters = initialWeights(smallRun.model, smallRun.initialSeed);
    expect(start).toEqual({ step: 0, manifest: null, root: stateRoot(parameters), parameters, momentum: [] });
  });

  it('applies one manifest: its updates by weight, fetched within their limits', async () => {
    const [round] = sealRounds({});
    expect(await sync(start, round!)).toEqual(advanced(round!.state, round!));
    const [first, second] = round!.manifest.entries;
    expect(blobs.asked).toEqual([
      { hash: round!.hash, from, maxBytes: MAX_MANIFEST_BYTES },
      { hash: first!.blob, from, maxBytes: maxUpdateBytes(smallRun) },
      { hash: second!.blob, from, maxBytes: maxUpdateBytes(smallRun) },
    ]);
    expect(start.root, 'the own state is left alone').toBe(stateRoot(start.parameters));
  });

  it('applies three manifests in order', async () => {
    const rounds = sealRounds({}, {}, {});
    expect(await sync(start, rounds[2]!)).toEqual(advanced(rounds[2]!.state, ...rounds));
    expect(progress).toEqual(['applying round 20', 'applying round 21', 'applying round 22']);
  });

  it('applies only what follows the own state', async () => {
    const rounds = sealRounds({}, {}, {});
    expect(await sync(rounds[0]!.state, rounds[2]!)).toEqual(advanced(rounds[2]!.state, rounds[1]!, rounds[2]!));
  });

  it('stays as it is when a round merged nothing', async () => {
    const [round] = sealRounds({ entries: [], stateRoot: start.root });
    const state = { ...start, step: 1, manifest: round!.hash };
    expect(await sync(start, round!)).toEqual(advanced(state, round!));
  });

  it('starts again from a checkpoint and what followed it', async () => {
    const before = sealRounds({}, {});
    const last = sealRound(blobs, before[1]!.state, 22, { checkpoint: checkpointOf(before[1]!) });
    expect(await sync(start, last)).toEqual(advanced(last.state, last));
    expect(blobs.asked.slice(0, 2)).toEqual([
      { hash: last.hash, from, maxBytes: MAX_MANIFEST_BYTES },
      { hash: last.manifest.checkpoint.blob, from, maxBytes: checkpointBytes(smallRun) },
    ]);
    expect(progress).toEqual(['loading the checkpoint of step 2', 'applying round 22']);
  });

  it('replays from the initial weights when it was on a fork before the first checkpoint', async () => {
    const fork = sealRound(blobs, start, 19);
    const rounds = sealRounds({}, {});
    expect(await sync(fork.state, rounds[1]!)).toEqual(advanced(rounds[1]!.state, ...rounds));
  });

  it('reports a state that differs from the manifest, and stops there', async () => {
    const rounds = sealRounds({}, { stateRoot: testRoot }, {});
    expect(await sync(start, rounds[2]!)).toEqual({
      ...{ kind: 'diverged', round: 21, expectedRoot: testRoot, actualRoot: rounds[1]!.state.root },
    });
    expect(progress.at(-1)).toBe('applying round 21');
  });

  it('hands over that a blob is missing, and from whom nothing more was asked', async () => {
    const [round] = sealRounds({});
    blobs.remove(round!.manifest.entries[1]!.blob);
    await expect(sync(start, round!)).rejects.toMatchObject({
      code: 'BLOB_MISSING',
      message: expect.stringContaining(round!.manifest.entries[1]!.blob) as string,
    });
  });

  it('stops when it is told to', async () => {
    const [round] = sealRounds({});
    aborting.abort();
    await expect(sync(start, round!)).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('a replica refuses', () => {
  const weighed = (bytes: Uint8Array) => [{ hotkey: hotkeyOf(testKey(1)), blob: blobs.put(bytes), weight: 1 }];
  const withUpdate = (bytes: Uint8Array) => sealRounds({ entries: weighed(bytes) })[0]!;
  const withCheckpoint = (damage: (bytes: Uint8Array) => Uint8Array) => {
    const [first] = sealRounds({});
    const checkpoint = checkpointOf(first!, damage(encodeCheckpoint(first!.state)));
    return sealRound(blobs, first!.state, 21, { checkpoint });
  };

  it.each([
    [
      'a manifest that no validator signed',
      () => sealRound(blobs, start, 20, {}, testKey(1)),
      new RegExp(`is signed by ${hotkeyOf(testKey(1))}, who is no validator`),
    ],
    ['a manifest of another run', () => sealRounds({ run: '00'.repeat(32) as RunId })[0]!, /belongs to another run/],
    [
      'a manifest that starts from another state than the own',
      () => sealRounds({ baseRoot: testRoot })[0]!,
      /of round 20 starts from another state than the one before it left/,
    ],
    [
      'a later manifest that starts from another state than the one before left',
      () => sealRounds({}, { baseRoot: start.root })[1]!,
      /of round 21 starts from another state than the one before it left/,
    ],
    ['an update that is truncated', () => withUpdate(updateBlob(20, start.root, 1).subarray(0, -1)), /bytes instead/],
    ['an update for another round', () => withUpdate(updateBlob(19, start.root, 1)), /for round 19, not 20/],
    ['an update of another state', () => withUpdate(updateBlob(20, testRoot, 1)), /Update starts from another state/],
    ['a checkpoint that is truncated', () => withCheckpoint((bytes) => bytes.subarray(0, -4)), /Checkpoint has/],
    ['a checkpoint with one changed bit', () => withCheckpoint(flipped), /checkpoint of step 1 has root .* says/],
  ])('%s', async (_, seal, message) => {
    await expect(sync(start, seal())).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringMatching(message) as string,
    });
  });
});

function flipped(bytes: Uint8Array): Uint8Array {
  const damaged = bytes.slice();
  damaged[damaged.length - 1]! ^= 1;
  return damaged;
}
