import { expect, test } from 'vitest';
import { afterMessage, afterSupervision, newMember } from '#main/headless/operator/member-status.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { workerRound } from '../../worker-round.ts';
import { accepted, judged, manifest, opened, rating, refused, round, settled, vitals } from './messages.ts';

const after = (kind: 'worker' | 'validator', ...messages: readonly ChildMessage[]) =>
  messages.reduce(afterMessage, newMember(kind, 'one'));

test('follows a validator through a round', () => {
  expect(after('validator', { kind: 'ready', url: null }, opened, accepted, accepted, refused)).toMatchObject({
    ...{ state: 'running', phase: 'gathering', round: 7, rank: 0, validators: 2, gathered: 2, refused: 1 },
  });
  expect(after('validator', opened, accepted, judged)).toMatchObject({
    ...{ phase: 'deciding', ratedRound: 7, ratings: [rating] },
  });
  expect(after('validator', opened, judged, settled)).toMatchObject({
    ...{ phase: 'settled', settled: 1, manifests: [manifest] },
  });
});

test('counts the next round’s announcements from zero', () => {
  expect(after('validator', opened, accepted, refused, opened)).toMatchObject({ gathered: 0, refused: 0 });
});

test('keeps the newest rounds of a worker, and a round once', () => {
  const rounds = Array.from({ length: 12 }, (_, n): ChildMessage => ({ kind: 'round', round: workerRound(n, 30) }));
  const status = after('worker', ...rounds, ...rounds.slice(-1));
  expect(status.kind === 'worker' && status.rounds.map((one) => one.round)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test('keeps the last speed and loss while nothing is measured', () => {
  const progress = { round: 7, phase: 'training', step: 3, steps: 30, gradientNorm: null, peers: 2 } as const;
  const status = after(
    'worker',
    { kind: 'progress', progress: { ...progress, loss: 4, tokensPerSecond: 99 } },
    { kind: 'progress', progress: { ...progress, loss: null, tokensPerSecond: null } },
    { kind: 'worker-state', state: { kind: 'waiting', detail: 'for round 8' } },
  );
  expect(status).toMatchObject({ loss: 4, tokensPerSecond: 99, peers: 2, phase: 'waiting', detail: 'for round 8' });
});

test('says why a process does not run, and how often it was started again', () => {
  const restarting = { kind: 'restarting', reason: 'died', attempt: 1, retryAtMs: 1 } as const;
  const status = afterSupervision(afterSupervision(after('worker', round, vitals(1)), restarting), restarting);
  expect(status).toMatchObject({ state: 'restarting', detail: 'died', restarts: 2, peers: 3 });
  expect(afterSupervision(status, { kind: 'failed', failure: { code: 'ENGINE', message: 'no' } })).toMatchObject({
    ...{ state: 'failed', detail: 'no' },
  });
});
