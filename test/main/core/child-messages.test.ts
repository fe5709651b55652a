import { expect, test } from 'vitest';
import { parseChildMessage } from '#main/core/child-messages.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';

const ROOT = 'a'.repeat(64);
const progress = {
  ...({ round: 1, phase: 'training', step: 1, steps: 30 } as const),
  ...{ loss: 4, tokensPerSecond: 10, gradientNorm: 0.5, peers: 2 },
};
const round = {
  round: 1,
  roundBlocks: 30,
  loss: 4,
  evalLoss: null,
  tokensPerSecond: 10,
  innerSteps: 30,
  updateBytes: 100,
  score: null,
  reputation: null,
  scoreReason: null,
  stateRoot: ROOT,
};

const good: readonly ChildMessage[] = [
  { kind: 'ready', url: null },
  { kind: 'ready', url: 'ws://127.0.0.1:1' },
  { kind: 'failed', code: 'ENGINE', message: 'no' },
  { kind: 'log', level: 'warning', message: 'careful' },
  { kind: 'worker-state', state: { kind: 'connecting' } },
  { kind: 'worker-state', state: { kind: 'catching-up', detail: 'round 3' } },
  { kind: 'worker-state', state: { kind: 'diverged', round: 1, expectedRoot: ROOT, actualRoot: ROOT } },
  { kind: 'progress', progress },
  { kind: 'round', round },
  { kind: 'manifest', manifest: { round: 1, stateRoot: ROOT, evalLoss: 3, announced: 3, selected: 2 } },
];

test.each(good)('lets $kind through as it is', (message) => {
  expect(parseChildMessage(message)).toEqual({ kind: 'message', message });
});

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'message'],
  ['an unknown kind', { kind: 'explode' }, 'kind'],
  ['a loss that is not a number', { kind: 'round', round: { ...round, loss: NaN } }, 'round.loss'],
  ['an infinite speed', { kind: 'progress', progress: { ...progress, tokensPerSecond: Infinity } }, 'progress.tokens'],
  ['a norm that is no number', { kind: 'progress', progress: { ...progress, gradientNorm: NaN } }, 'progress.gradient'],
  ['a negative round', { kind: 'progress', progress: { ...progress, round: -1 } }, 'progress.round'],
  ['half a step', { kind: 'progress', progress: { ...progress, step: 0.5 } }, 'progress.step'],
  ['a root that is not one', { kind: 'round', round: { ...round, stateRoot: 'x' } }, 'round.stateRoot'],
  ['a flood of words', { kind: 'log', level: 'info', message: 'x'.repeat(4001) }, 'message'],
  ['an unknown level', { kind: 'log', level: 'loud', message: 'x' }, 'level'],
])('names the culprit in %s', (_, value, culprit) => {
  const parsed = parseChildMessage(value);
  expect(parsed).toMatchObject({ kind: 'invalid', reason: expect.stringContaining(culprit) as unknown });
});

test('drops keys that it does not know', () => {
  expect(parseChildMessage({ kind: 'ready', url: null, extra: 1 })).toEqual({
    kind: 'message',
    message: { kind: 'ready', url: null },
  });
});
