import { expect, test } from 'vitest';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { type SwarmRecord, swarmRow, swarmVerdicts } from '../../bench/support/swarm-rounds.ts';

const MIB = 1024 * 1024;
const use = (rssMiB: number, cpuSeconds: number, bytes: number) => {
  const traffic = { sent: bytes, received: bytes };
  const streams = { '/blob': { ...traffic, streams: bytes / 2048 } };
  return { rssBytes: rssMiB * MIB, cpuSeconds, chain: traffic, peers: traffic, streams };
};

/** One round of two workers; the deadline is seen at 13 000 ms. */
const record = (messages: readonly (readonly [name: string, atMs: number, message: ChildMessage])[]): SwarmRecord => ({
  ...{ workers: 2, rounds: [0], timing: { blocks: 20, trainBlocks: 13, leadBlocks: 3 }, load: 1 },
  blockAtMs: new Map(Array.from({ length: 21 }, (_, block) => [block, 1000 * block])),
  said: messages.map(([name, atMs, message]) => ({ name, atMs, message })),
  uses: [0, 1].map((n) => ({ validator: use(100, n, n * 4096), workers: use(80, 2 * n, n * 8192) })),
  emptyRssBytes: 40 * MIB,
});

const announcing = (round: number): ChildMessage => ({
  kind: 'progress',
  progress: {
    ...{ round, phase: 'announcing', step: 4, steps: 4, peers: 1 },
    ...{ loss: 1, tokensPerSecond: 1, gradientNorm: 1 },
  },
});
const settled = (stateRoot: string | null): ChildMessage => ({
  kind: 'round',
  round: {
    ...{ round: 0, loss: 1, tokensPerSecond: 1, innerSteps: 4, updateBytes: 2048, score: 50, reputation: 1 },
    ...{ scoreReason: null, stateRoot, evalLoss: 1 },
  },
});
const manifest = (announced: number): ChildMessage => ({
  kind: 'manifest',
  manifest: {
    ...{ round: 0, stateRoot: 'aa', evalLoss: 1, announced, selected: announced },
    ...{ hash: 'bb', judgeSeconds: 1 },
  },
});

const WHOLE = [
  ['a', 12_000, announcing(0)],
  ['b', 12_900, announcing(0)],
  ['validator', 15_500, manifest(2)],
  ['a', 16_000, settled('aa')],
  ['b', 16_000, settled('aa')],
] as const;

test('a round that went well is complete, and costs each worker its part', () => {
  const row = swarmRow(record(WHOLE));
  expect(row).toMatchObject({
    ...{ name: '2 workers', completed: 1, sentInTime: 2, accepted: 2, merged: 2, rated: 2, lost: 0, notInTime: 0 },
    ...{ mostRoots: 1, failed: 0, manifestSeconds: 2.5, validatorMiB: 100, validatorCpuSeconds: 1 },
    ...{ workerMiB: 40, addedMiBPerWorker: 20, workerCpuSeconds: 1, workerSentKiB: 4, workerChainKiB: 8, mergedKiB: 4 },
    workerStreams: '/blob 2.0: 4.0 out, 4.0 in',
  });
  expect(swarmVerdicts([row]).every(({ ok }) => ok)).toBe(true);
});

test.each([
  ['an update that was sent in time and is not in the manifest', { 2: ['validator', 15_500, manifest(1)] }, 'lost'],
  ['a worker that reached another state', { 4: ['b', 16_000, settled('bb')] }, 'roots'],
  ['a member that failed', { 4: ['b', 16_000, { kind: 'failed', code: 'X', message: '' }] }, 'failed'],
  ['a round without a manifest', { 2: ['b', 15_500, announcing(1)] }, 'completed'],
] as const)('%s is told', (_, changes, word) => {
  const messages = Object.assign([...WHOLE], changes);
  const missed = swarmVerdicts([swarmRow(record(messages))]).filter(({ ok }) => !ok);
  expect(missed.map(({ name }) => name).join()).toContain(word);
});

test('an update that was announced after the deadline is not lost, but counted', () => {
  const messages = Object.assign([...WHOLE], {
    1: ['b', 13_100, announcing(0)],
    2: ['validator', 15_500, manifest(1)],
  });
  expect(swarmRow(record(messages))).toMatchObject({ sentInTime: 1, lost: 0, notInTime: 1 });
});

test('a doubling may double what the validator needs, and change nothing for a worker', () => {
  const row = swarmRow(record(WHOLE));
  const missed = (changes: Partial<typeof row>) =>
    swarmVerdicts([row, { ...row, name: '4 workers', workers: 4, ...changes }]).flatMap(({ name, ok }) =>
      ok ? [] : [name],
    );
  expect(missed({ manifestSeconds: 5, validatorCpuSeconds: 2 })).toEqual([]);
  expect(missed({ manifestSeconds: 6 })).toEqual(['validator’s time to the manifest, 4 ÷ 2 workers']);
  expect(missed({ workerMiB: 45 })).toEqual(['a worker’s memory, 4 ÷ 2 workers']);
});
