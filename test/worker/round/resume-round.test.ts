import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '#protocol/bytes.ts';
import { sha256 } from '#protocol/hash.ts';
import { integerHash } from '#protocol/integer-hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { loadErrorBuffer } from '#worker/round/error-buffer.ts';
import { inlineCodec } from '../../support/inline-codec.ts';
import { createMemoryBlobs } from '../../support/memory-blobs.ts';
import { type Head, LockstepNetwork } from '../../support/rounds/lockstep-network.ts';
import { lockstepRun, outcomeOf } from '../../support/rounds/lockstep-run.ts';
import { playLockstep, type Stage } from '../../support/rounds/lockstep-worker.ts';

const run = lockstepRun({ width: 1, layers: 1 });
/** One of each outcome, and one to see what the last has left. */
const ROUNDS = 6;
const never = new AbortController().signal;

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'millrace-resume-'))));
afterAll(() => rm(folder, { recursive: true }));

/**
 * Plays the rounds with a worker that ends after these stages, as if it were killed, and is started again.
 * @param stops numbers of stages, counted from the first start
 */
async function play(name: string, stops: readonly number[], onStop: (stage: Stage) => void = () => undefined) {
  const path = join(folder, name);
  const blobs = createMemoryBlobs();
  const listeners = new Set<(head: Head) => void>();
  const warnings: string[] = [];
  const done = Promise.withResolvers<undefined>();
  const network: LockstepNetwork = await LockstepNetwork.start(run, {
    put: (bytes) => Promise.resolve(blobs.put(bytes)),
    fetch: ({ blob }) => blobs.get(blob, { from: [], maxBytes: Infinity, signal: never }),
    onHead: (head) => {
      if (network.rounds.length === ROUNDS) done.resolve(undefined);
      for (const listener of listeners) listener(head);
    },
  });
  const stages: Stage[] = [];
  const waiting = [...stops];

  /** Runs until the next stop: from then on nothing has an effect any more. */
  const live = async (): Promise<void> => {
    const ended = Promise.withResolvers<never>();
    ended.promise.catch(() => undefined);
    const stopping = new AbortController();
    let isOver = false;
    const die = (stage: Stage): Promise<never> => {
      isOver = true;
      onStop(stage);
      ended.reject(new Error('killed'));
      stopping.abort();
      return new Promise(() => undefined);
    };
    const staged = async <T>(stage: Stage, work: () => Promise<T>): Promise<T> => {
      if (isOver) return new Promise(() => undefined);
      const at = stages.push(stage) - 1;
      const result = await work();
      if (waiting[0] !== at) return result;
      waiting.shift();
      return die(stage);
    };
    listeners.clear();
    const playing = playLockstep(
      {
        ...{ run, path, staged, blobs, updates: inlineCodec, validatorAddress: '/memory/validator' },
        putBlob: (bytes: Uint8Array): Promise<BlobHash> => Promise.resolve(blobs.put(bytes)),
        announce: (_: string, bytes: Uint8Array) => network.announce(bytes),
        onHead: (listener) => {
          listeners.add(listener);
          listener(network.head);
          return () => void listeners.delete(listener);
        },
        ...{
          address: () => '/memory/worker',
          onStep: () => Promise.resolve(),
          checkpoints: { offer: () => undefined },
          warn: (text) => void warnings.push(text),
        },
      },
      stopping.signal,
    );
    await Promise.race([ended.promise, playing, done.promise]).finally(() => stopping.abort());
  };
  for (let lives = 0; network.rounds.length < ROUNDS; lives += 1) {
    if (lives > stops.length) throw new Error(`It ended by itself: ${warnings.join('; ')}`);
    await live().catch((error: unknown) => {
      if ((error as Error).message !== 'killed') throw error;
    });
  }
  return { path, stages, warnings, complaints: network.complaints, rounds: network.rounds };
}

const digestOf = async (path: string): Promise<string> => {
  const { errors } = await loadErrorBuffer(path, run);
  return errors.map((values) => toHex(sha256(new Uint8Array(values.buffer)))).join();
};

describe('a worker that is killed in a round and started again', () => {
  it('goes on as if nothing had happened, at whichever stage it was, before it or after it', async () => {
    const whole = await play('whole', []);
    expect(whole).toMatchObject({ warnings: [], complaints: [] });
    expect(whole.rounds.map((_, round) => outcomeOf(round))).toContain('no manifest');
    const expected = { rounds: whole.rounds, digest: await digestOf(whole.path) };
    const stoppedAt = new Set<Stage>();
    const tried = new Set<string>();
    let round = -1;
    // Before a stage is after the one before it.
    for (const [at, stage] of whole.stages.entries()) {
      if (stage === 'train') round += 1;
      const kind = `${stage}, ${whole.stages[at + 1]}, ${outcomeOf(round)}`;
      if (tried.has(kind)) continue;
      tried.add(kind);
      const played = await play(`once-${at}`, [at], (stopped) => stoppedAt.add(stopped));
      expect(played.complaints, `killed after stage ${at}, ${stage}`).toEqual([]);
      expect({ rounds: played.rounds, digest: await digestOf(played.path) }).toEqual(expected);
    }
    expect(stoppedAt).toEqual(new Set(whole.stages));
    expect(stoppedAt.size).toBe(9);
  }, 120_000);

  it('goes on also when it is killed again and again', async () => {
    const whole = await play('again-whole', []);
    const stops: number[] = [];
    for (let at = 0; stops.length < 60; at += 1 + (integerHash(at, 1) % 9)) stops.push(at);
    const killed = await play('again', stops);
    expect(killed.complaints).toEqual([]);
    expect(killed.rounds).toEqual(whole.rounds);
    expect(await digestOf(killed.path)).toBe(await digestOf(whole.path));
  }, 60_000);
});
