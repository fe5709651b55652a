import { beforeEach, describe, expect, it } from 'vitest';
import type { CommittedCheckpoint } from '#protocol/chain/chain-client.ts';
import { checkpointBytes } from '#protocol/checkpoint/checkpoint-parts.ts';
import { MillraceError } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { createCheckpointKeeper, type KeeperOptions } from '#worker/checkpoint/checkpoint-keeper.ts';
import { loadCheckpoint } from '#worker/checkpoint/load-checkpoint.ts';
import { initialState, type ReplicaState } from '#worker/run/replica.ts';
import { pointerOf, storeCheckpoint } from '../../support/checkpoint-fixtures.ts';
import { createMemoryBlobs, type MemoryBlobs } from '../../support/memory-blobs.ts';
import { sealRound, testRun } from '../../support/round-fixtures.ts';

const initial = await initialState(testRun);
const source = createMemoryBlobs();
/** After steps 1 … 6; a checkpoint's turn is at each second. */
const states: readonly ReplicaState[] = Array.from({ length: 6 }).reduce<readonly ReplicaState[]>(
  (before, _, i) => [...before, sealRound(source, before.at(-1) ?? initial, 20 + i).state],
  [],
);
const at = (step: number): ReplicaState => states[step - 1]!;

let blobs: MemoryBlobs;
let kept: readonly BlobHash[];
let written: CommittedCheckpoint[];
let warnings: string[];
let stopping: AbortController;

beforeEach(() => {
  blobs = createMemoryBlobs();
  kept = [];
  written = [];
  warnings = [];
  stopping = new AbortController();
});

const keeper = (change: Partial<KeeperOptions['store']> = {}) =>
  createCheckpointKeeper({
    run: testRun,
    store: {
      put: (bytes) => Promise.resolve(blobs.put(bytes)),
      keep: (hashes) => void (kept = hashes),
      quotaBytes: Infinity,
      ...change,
    },
    onWritten: (checkpoint) => Promise.resolve(void written.push(checkpoint)),
    warn: (message) => void warnings.push(message),
    signal: stopping.signal,
  });

describe('a keeper of checkpoints', () => {
  it('writes the states whose turn it is, keeps their blobs and tells of them', async () => {
    const checkpoints = keeper();
    expect(checkpoints.newest()).toBeNull();
    for (const step of [1, 2, 3]) checkpoints.offer(at(step));
    await checkpoints.settled();
    const expected = storeCheckpoint(createMemoryBlobs(), at(2));
    expect(checkpoints.newest(), 'has the very bytes that anyone else makes of this state').toEqual(
      pointerOf(expected),
    );
    expect(kept).toEqual([...expected.parts, expected.index]);
    expect(written).toEqual([{ step: 2, stateRoot: at(2).root, index: expected.index }]);

    const options = { from: [], signal: stopping.signal };
    expect(await loadCheckpoint(testRun, blobs, checkpoints.newest()!, options)).toEqual(at(2));
  });

  it('writes one at a time, and of those that wait the newest alone', async () => {
    let open = 0;
    const checkpoints = keeper({
      put: async (bytes) => {
        open += 1;
        expect(open).toBe(1);
        await Promise.resolve();
        open -= 1;
        return blobs.put(bytes);
      },
    });
    for (const step of [2, 4, 6]) checkpoints.offer(at(step));
    await checkpoints.settled();
    expect(written.map(({ step }) => step)).toEqual([2, 6]);
  });

  it('makes none of the initial weights, and none again', async () => {
    const checkpoints = keeper();
    checkpoints.offer(initial);
    checkpoints.adopt(pointerOf(storeCheckpoint(blobs, at(4))));
    checkpoints.offer(at(4));
    await checkpoints.settled();
    expect(written).toEqual([]);
    expect(checkpoints.newest()?.step).toBe(4);
  });

  it('names the one that it has written, whatever a manifest says', async () => {
    const checkpoints = keeper();
    checkpoints.offer(at(2));
    const lie = { ...pointerOf(storeCheckpoint(createMemoryBlobs(), at(2))), index: 'ee'.repeat(32) as BlobHash };
    checkpoints.adopt(lie); // while it writes its own
    await checkpoints.settled();
    checkpoints.adopt({ ...lie, step: 0xffffffff });
    expect(checkpoints.newest()).toEqual(pointerOf(storeCheckpoint(createMemoryBlobs(), at(2))));
  });

  it('begins anew where the network has gone back to an earlier step on another way', async () => {
    const checkpoints = keeper();
    for (const step of [2, 4]) {
      checkpoints.offer(at(step));
      await checkpoints.settled();
    }
    const other = sealRound(source, sealRound(source, initial, 30).state, 31).state;
    checkpoints.offer(other);
    await checkpoints.settled();
    expect(written.at(-1)).toMatchObject({ step: 2, stateRoot: other.root });
  });

  it('makes none where each would take more than a fifth of the quota', async () => {
    const sizeBytes = checkpointBytes(testRun.spec);
    const small = keeper({ quotaBytes: 5 * sizeBytes - 1 });
    for (const step of [2, 4]) small.offer(at(step));
    await small.settled();
    expect(written).toEqual([]);
    const enough = keeper({ quotaBytes: 5 * sizeBytes });
    enough.offer(at(2));
    await enough.settled();
    expect(written).toHaveLength(1);
  });

  it('lets go of half a checkpoint, and keeps the whole one before it', async () => {
    const full = new MillraceError('STORAGE', 'The disk is full');
    let isFull = false;
    const put = (bytes: Uint8Array) =>
      isFull && bytes.length < 1000 ? Promise.reject(full) : Promise.resolve(blobs.put(bytes));
    const checkpoints = keeper({ put });
    checkpoints.offer(at(2));
    await checkpoints.settled();
    const before = kept;
    isFull = true; // for the index, after the parts
    checkpoints.offer(at(4));
    await checkpoints.settled();
    expect(warnings).toHaveLength(1);
    expect(kept).toEqual(before);
  });

  it('tells others again at the next state when it could not', async () => {
    let isAway = true;
    const tried: number[] = [];
    const checkpoints = createCheckpointKeeper({
      run: testRun,
      store: { put: (bytes) => Promise.resolve(blobs.put(bytes)), keep: () => undefined, quotaBytes: Infinity },
      onWritten: ({ step }) => {
        tried.push(step);
        return isAway ? Promise.reject(new MillraceError('CHAIN_UNREACHABLE', 'No chain')) : Promise.resolve();
      },
      warn: (message) => void warnings.push(message),
      signal: stopping.signal,
    });
    checkpoints.offer(at(2));
    await checkpoints.settled();
    expect(warnings).toEqual(['The checkpoint of step 2 is made, but others were not told yet: No chain']);
    isAway = false;
    for (const step of [3, 5]) {
      checkpoints.offer(at(step));
      await checkpoints.settled();
    }
    expect(tried).toEqual([2, 2]);
  });

  it('says when the disk has no room, and tries the next one', async () => {
    let full = true;
    const checkpoints = keeper({
      put: (bytes) =>
        full ? Promise.reject(new MillraceError('STORAGE', 'The disk is full')) : Promise.resolve(blobs.put(bytes)),
    });
    checkpoints.offer(at(2));
    await checkpoints.settled();
    expect(warnings).toEqual(['The checkpoint of step 2 was not made: The disk is full']);
    expect(checkpoints.newest()).toBeNull();
    full = false;
    checkpoints.offer(at(4));
    await checkpoints.settled();
    expect(checkpoints.newest()?.step).toBe(4);
  });

  it('stops between two blobs, without a word', async () => {
    const checkpoints = keeper();
    checkpoints.offer(at(2));
    await checkpoints.stop();
    expect({ written, warnings }).toEqual({ written: [], warnings: [] });
  });
});
