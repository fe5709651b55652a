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

const MANIFEST = {
  ...{ round: 1, hash: ROOT, stateRoot: ROOT, evalLoss: 3, announced: 3, selected: 2, judgeSeconds: 1.5 },
};
const rating = { hotkey: '5Hot', score: 90, reputation: null, reason: 'good', merged: true };
const judged = { kind: 'judged', round: 1, announced: 3, seconds: 1.5, ratings: [rating] } as const;
const refused = { kind: 'announcement', round: 1, hotkey: '5Hot', result: 'bad-update', reason: 'no' } as const;
const vitals = { peers: 3, blobBytesIn: 1, blobBytesOut: 2, residentBytes: 3 };

const good: readonly ChildMessage[] = [
  { kind: 'ready', url: null },
  { kind: 'ready', url: 'ws://127.0.0.1:1' },
  { kind: 'failed', code: 'ENGINE', message: 'no' },
  { kind: 'log', level: 'warning', message: 'careful' },
  { kind: 'worker-state', state: { kind: 'connecting' } },
  { kind: 'worker-state', state: { kind: 'awaiting-run' } },
  { kind: 'worker-state', state: { kind: 'catching-up', detail: 'round 3' } },
  { kind: 'worker-state', state: { kind: 'diverged', round: 1, expectedRoot: ROOT, actualRoot: ROOT } },
  { kind: 'progress', progress },
  { kind: 'round', round },
  { kind: 'manifest', manifest: MANIFEST },
  { kind: 'vitals', vitals },
  { kind: 'validator', news: { kind: 'round-opened', round: 1, step: 0, rank: null, validators: 2 } },
  { kind: 'validator', news: refused },
  { kind: 'validator', news: { ...refused, round: null, hotkey: null, result: 'malformed' } },
  { kind: 'validator', news: judged },
  { kind: 'validator', news: { kind: 'manifest-made', round: 1, hash: ROOT } },
  {
    kind: 'validator',
    news: { kind: 'manifest-checked', round: 1, hash: ROOT, signer: '5Hot', verdict: 'unfair', reason: 'no' },
  },
  { kind: 'validator', news: { kind: 'vote', round: 1, hash: ROOT } },
  { kind: 'validator', news: { kind: 'round-dropped', round: 1 } },
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
  ['a manifest without a hash', { kind: 'manifest', manifest: { ...MANIFEST, hash: 'x' } }, 'manifest.hash'],
  ['a result that is no code', { kind: 'validator', news: { ...refused, result: 'No!' } }, 'news.result'],
  ['a name that is too long', { kind: 'validator', news: { ...refused, hotkey: 'x'.repeat(65) } }, 'news.hotkey'],
  [
    'a score above 100',
    { kind: 'validator', news: { ...judged, ratings: [{ ...rating, score: 101 }] } },
    'news.ratings.0.score',
  ],
  [
    'a flood of ratings',
    { kind: 'validator', news: { ...judged, ratings: Array.from({ length: 4097 }, () => rating) } },
    'news.ratings',
  ],
  ['news of an unknown kind', { kind: 'validator', news: { kind: 'gossip' } }, 'news.kind'],
  ['a negative size', { kind: 'vitals', vitals: { ...vitals, residentBytes: -1 } }, 'vitals.residentBytes'],
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
