import { beforeEach, describe, expect, it } from 'vitest';
import { maxCheckpointIndexBytes } from '#protocol/checkpoint/checkpoint-index.ts';
import { checkpointParts } from '#protocol/checkpoint/checkpoint-parts.ts';
import type { BlobHash, RunId } from '#protocol/ids.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { type CheckpointPointer, type Manifest, MAX_MANIFEST_BYTES } from '#protocol/round/manifest.ts';
import { maxUpdateBytes } from '#protocol/update/update-blob.ts';
import { initialWeights } from '#protocol/initial-weights.ts';
import { stateRoot } from '#protocol/state-root.ts';
import { type SyncOptions, syncReplica } from '#worker/run/catch-up.ts';
import { initialState, type ReplicaState } from '#worker/run/replica.ts';
import { pointerOf, storeCheckpoint } from '../../support/checkpoint-fixtures.ts';
import { inlineCodec } from '../../support/inline-codec.ts';
import { createMemoryBlobs, type MemoryBlobs } from '../../support/memory-blobs.ts';
import { type SealedRound, sealRound, testRun, updateBlob, validatorKey } from '../../support/round-fixtures.ts';
import { smallRun, testKey, testRoot } from '../../support/small-run.ts';

let blobs: MemoryBlobs;
let progress: string[];
let reached: number[];
let aborting: AbortController;
const start = await initialState(testRun);
const from = ['/memory/validator', '/memory/worker'];

beforeEach(() => {
  blobs = createMemoryBlobs();
  progress = [];
  reached = [];
  aborting = new AbortController();
});

const sync = (own: ReplicaState, target: SealedRound, options: Partial<SyncOptions> = {}) =>
  syncReplica(testRun, { blobs, updates: inlineCodec }, own, target.hash, {
    from,
    validators: new Set([hotkeyOf(validatorKey)]),
    signal: aborting.signal,
    onProgress: (detail) => progress.push(detail),
    onState: ({ step }) => reached.push(step),
    ...options,
  });
const linked = ({ hash, manifest, signer }: SealedRound) => ({ hash, manifest, signer });
const advanced = (state: ReplicaState, ...read: readonly SealedRound[]) => ({
  ...{ kind: 'advanced', state, manifests: read.map(linked) },
});

/** Rounds 20, 21, … each on the state that the one before left; `changes` are made to the manifests in turn. */
function sealRounds(...changes: readonly Partial<Manifest>[]): readonly SealedRound[] {
  const rounds: SealedRound[] = [];
  for (const [i, change] of changes.entries()) {
    rounds.push(sealRound(blobs, rounds.at(-1)?.state ?? start, 20 + i, change));
  }
  return rounds;
}

/** As many rounds, with a checkpoint after each second, which the next manifest points to. */
function sealWithCheckpoints(count: number): readonly SealedRound[] {
  const rounds: SealedRound[] = [];
  let checkpoint: CheckpointPointer = { step: 0, stateRoot: start.root, manifest: null, index: null };
  for (let i = 0; i < count; i += 1) {
    const before = rounds.at(-1)?.state ?? start;
    rounds.push(sealRound(blobs, before, 20 + i, { checkpoint }));
    if (i % 2 === 1) checkpoint = pointerOf(storeCheckpoint(blobs, rounds.at(-1)!.state));
  }
  return rounds;
}
const updatesOf = ({ manifest }: SealedRound): readonly BlobHash[] => manifest.entries.map(({ blob }) => blob);

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

  it('asks for each update those whom its maker suggests', async () => {
    const [round] = sealRounds({});
    await sync(start, round!, { updateFrom: (maker) => [`/of/${maker}`, ...from] });
    const { entries } = round!.manifest;
    expect(blobs.asked.slice(1).map((asked) => asked.from)).toEqual(
      entries.map(({ hotkey }) => [`/of/${hotkey}`, ...from]),
    );
  });

  it('asks first for the update after its own, and applies them in the order of the manifest', async () => {
    const [round] = sealRounds({});
    const [first, second] = round!.manifest.entries;
    expect(await sync(start, round!, { own: first!.hotkey })).toEqual(advanced(round!.state, round!));
    expect(blobs.asked.slice(1).map(({ hash }) => hash)).toEqual([second!.blob, first!.blob]);
  });

  it('applies three manifests in order, and tells of every state', async () => {
    const rounds = sealRounds({}, {}, {});
    expect(await sync(start, rounds[2]!)).toEqual(advanced(rounds[2]!.state, ...rounds));
    expect(progress).toEqual(['applying round 20', 'applying round 21', 'applying round 22']);
    expect(reached).toEqual([1, 2, 3]);
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

  it('replays from the initial weights when it was on a fork before the first checkpoint', async () => {
    const fork = sealRound(blobs, start, 19);
    const rounds = sealWithCheckpoints(2);
    expect(await sync(fork.state, rounds[1]!)).toEqual(advanced(rounds[1]!.state, ...rounds));
  });

  it('reports a state that differs from the manifest, and stops there', async () => {
    const rounds = sealRounds({}, { stateRoot: testRoot }, {});
    expect(await sync(start, rounds[2]!)).toEqual({
      ...{ kind: 'diverged', round: 21, expectedRoot: testRoot, actualRoot: rounds[1]!.state.root },
    });
    expect(progress.at(-1)).toBe('applying round 21');
  });

  it('stops when it is told to', async () => {
    const [round] = sealRounds({});
    aborting.abort();
    await expect(sync(start, round!)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('reads manifests back to a round whose verdict is wanted, and does without those that are gone', async () => {
    const rounds = sealWithCheckpoints(7);
    const wanted = { backToRound: rounds[2]!.manifest.round };
    expect(await sync(start, rounds[6]!, wanted)).toEqual(advanced(rounds[6]!.state, ...rounds.slice(2)));
    blobs.remove(rounds[3]!.hash);
    expect(await sync(start, rounds[6]!, wanted)).toEqual(advanced(rounds[6]!.state, ...rounds.slice(4)));
  });
});

describe('a replica that is far behind', () => {
  it('loads the newest checkpoint and what followed it, asking for it whom it is told to ask', async () => {
    const rounds = sealWithCheckpoints(5);
    const { index } = rounds[4]!.manifest.checkpoint;
    const holders = { checkpointFrom: (asked: BlobHash) => (asked === index ? ['/memory/holder', from[0]!] : []) };
    expect(await sync(start, rounds[4]!, holders)).toEqual(advanced(rounds[4]!.state, rounds[4]!));
    const asked = ['/memory/holder', from[0]!];
    const [part] = checkpointParts(smallRun);
    expect(blobs.asked.slice(0, 3)).toMatchObject([
      { hash: rounds[4]!.hash, from, maxBytes: MAX_MANIFEST_BYTES },
      { hash: index, from: asked, maxBytes: maxCheckpointIndexBytes(smallRun) },
      { from: asked, maxBytes: part!.sizeBytes },
    ]);
    expect(progress).toEqual(['loading the checkpoint of step 4', 'applying round 24']);
    expect(reached).toEqual([4, 5]);
  });

  it('takes a checkpoint that the manifests before name rightly, when the newest names it falsely', async () => {
    const rounds = sealWithCheckpoints(5);
    const lie = { ...rounds[4]!.manifest.checkpoint, index: 'ee'.repeat(32) as BlobHash };
    const last = sealRound(blobs, rounds[4]!.state, 25, { checkpoint: lie });
    expect(await sync(start, last)).toEqual(advanced(last.state, rounds[4]!, last));
    expect(reached).toEqual([4, 5, 6]);
  });

  it('takes the checkpoint before when the newest one is gone, and replays more', async () => {
    const rounds = sealWithCheckpoints(5);
    blobs.remove(rounds[4]!.manifest.checkpoint.index!);
    expect(await sync(start, rounds[4]!)).toEqual(advanced(rounds[4]!.state, ...rounds.slice(2)));
    expect(reached).toEqual([2, 3, 4, 5]);
  });

  it('begins with the initial weights when no checkpoint is left, if all rounds are', async () => {
    const rounds = sealWithCheckpoints(5);
    for (const n of [2, 4]) blobs.remove(rounds[n]!.manifest.checkpoint.index!);
    expect(await sync(rounds[1]!.state, rounds[4]!), 'from the own state').toEqual(
      advanced(rounds[4]!.state, ...rounds.slice(2)),
    );
    const fork = sealRound(blobs, start, 19);
    expect(await sync(fork.state, rounds[4]!)).toEqual(advanced(rounds[4]!.state, ...rounds));
  });

  it('takes no checkpoint that is false: it goes on with the one before', async () => {
    const before = sealWithCheckpoints(4);
    const lie = pointerOf(storeCheckpoint(blobs, before[3]!.state, flipped));
    const last = sealRound(blobs, before[3]!.state, 24, { checkpoint: lie });
    expect(await sync(start, last)).toEqual(advanced(last.state, ...before.slice(2), last));
  });

  it.each([
    ['step', { step: 3 }],
    ['root', { stateRoot: testRoot }],
  ])('takes no checkpoint whose %s is not that of its place', async (_, change) => {
    const before = sealWithCheckpoints(4);
    const checkpoint = { ...pointerOf(storeCheckpoint(blobs, before[3]!.state)), ...change };
    const last = sealRound(blobs, before[3]!.state, 24, { checkpoint });
    expect(await sync(start, last)).toEqual(advanced(last.state, ...before.slice(2), last));
  });

  it('follows manifests of one who validates no longer, if a validator signed the newest', async () => {
    const old = sealRound(blobs, start, 20, {}, testKey(1));
    const last = sealRound(blobs, old.state, 21);
    expect(await sync(start, last)).toEqual(advanced(last.state, old, last));
  });
});

describe('a manifest that lies behind', () => {
  it('is not followed: all rounds since would be gone', async () => {
    const rounds = sealRounds({}, {}, {});
    const fork = sealRound(blobs, start, 40);
    const own = rounds[2]!.state;
    expect(await sync(own, fork)).toEqual({
      ...{ kind: 'incomplete', state: own, stepsBehind: null },
      problem: 'The manifest of round 40 is of step 1, and this computer is at step 3 already.',
    });
  });

  it('of the same step on another way is: the lead decides', async () => {
    const checkpoint = { step: 0, stateRoot: start.root, manifest: null, index: null };
    const [first, other] = [sealRound(blobs, start, 20), sealRound(blobs, start, 21, { checkpoint })];
    expect(await sync(first.state, other)).toMatchObject({ kind: 'advanced', state: { root: other.state.root } });
  });
});

describe('when blobs are gone everywhere', () => {
  it('a checkpoint stands in for the rounds before it', async () => {
    const rounds = sealWithCheckpoints(6);
    for (const hash of rounds.slice(0, 4).flatMap(updatesOf)) blobs.remove(hash);
    expect(await sync(rounds[0]!.state, rounds[5]!)).toEqual(advanced(rounds[5]!.state, ...rounds.slice(4)));
  });

  it('a checkpoint stands in also for who would rather have replayed', async () => {
    const rounds = sealWithCheckpoints(5);
    for (const hash of updatesOf(rounds[3]!)) blobs.remove(hash);
    const own = rounds[2]!.state;
    expect(await sync(own, rounds[4]!)).toEqual(advanced(rounds[4]!.state, ...rounds.slice(3)));
    expect(reached).toEqual([4, 5]);
  });

  it('it says which round, whose update and whose answer, and goes as far as it can', async () => {
    const rounds = sealWithCheckpoints(6);
    const [lost] = updatesOf(rounds[5]!);
    blobs.remove(lost!);
    const outcome = await sync(start, rounds[5]!);
    expect(outcome).toMatchObject({ kind: 'incomplete', state: { step: 5, root: rounds[4]!.state.root } });
    expect(outcome).toHaveProperty('problem', expect.stringMatching(/^Round 25 cannot be made again\. .*/));
    expect(outcome).toHaveProperty('problem', expect.stringContaining(lost!));

    const next = sealRound(blobs, rounds[5]!.state, 26, {
      checkpoint: pointerOf(storeCheckpoint(blobs, rounds[5]!.state)),
    });
    expect(await sync(start, next), 'the next checkpoint helps').toMatchObject({ kind: 'advanced', state: next.state });
  });

  it('every checkpoint that was tried is told of', async () => {
    const rounds = sealWithCheckpoints(5);
    for (const n of [2, 4]) blobs.remove(rounds[n]!.manifest.checkpoint.index!);
    for (const hash of updatesOf(rounds[1]!)) blobs.remove(hash);
    const outcome = await sync(start, rounds[4]!);
    expect(outcome).toMatchObject({ kind: 'incomplete', state: { step: 1 } });
    const problem = outcome.kind === 'incomplete' ? outcome.problem : '';
    expect(problem).toMatch(/checkpoint of step 4 cannot be had.*checkpoint of step 2 cannot be had.*Round 21 cannot/);
  });

  it.each([
    ['the newest manifest', 4, /The newest manifest is gone/],
    ['a manifest on the way', 3, /The manifest before round 24 is gone/],
  ])('%s is named, and the own state stays', async (_, gone, message) => {
    const rounds = sealWithCheckpoints(5);
    blobs.remove(rounds[4]!.manifest.checkpoint.index!);
    blobs.remove(rounds[gone]!.hash);
    const outcome = await sync(rounds[0]!.state, rounds[4]!);
    expect(outcome).toMatchObject({ kind: 'incomplete', state: rounds[0]!.state });
    expect(outcome).toHaveProperty('problem', expect.stringMatching(message));
  });
});

describe('a replica refuses', () => {
  const weighed = (bytes: Uint8Array) => [
    { hotkey: hotkeyOf(testKey(1)), blob: blobs.put(bytes), baseRoot: start.root, weight: 1 },
  ];
  const withUpdate = (bytes: Uint8Array) => sealRounds({ entries: weighed(bytes) })[0]!;

  it.each([
    [
      'a newest manifest that no validator signed',
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
    [
      'an update that another worker made',
      () => withUpdate(updateBlob(20, start.root, 1, 3, hotkeyOf(testKey(2)))),
      /Update was made by another worker/,
    ],
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
