import { expect, test } from 'vitest';
import { entriesOf, entryOfSupervision } from '#main/headless/operator/entries-of.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { accepted, HASH, HOTKEY, judged, opened, refused, round, settled, unfair, vitals } from './messages.ts';

test('tells of a worker’s round all that it was worth, and why', () => {
  const [entry] = entriesOf(round);
  expect(entry).toMatchObject({
    ...{ level: 'info', event: 'round' },
    fields: {
      ...{ round: 7, innerSteps: 30, tokensPerSecond: 1000, loss: 4, evalLoss: 4.5, updateBytes: 5000 },
      ...{ score: 90, reputation: 12.5, reason: 'good', stateRoot: 'a'.repeat(64) },
    },
  });
  expect(entry?.words).toBe(
    'round 7   loss 4.000   30 steps   1000 tokens/s   update 5.0 kB   score 90.0   reputation 12.5   good',
  );
});

test('gives each rating an entry of its own', () => {
  const entries = entriesOf(judged);
  expect(entries.map(({ event }) => event)).toEqual(['round-judged', 'worker-rated']);
  expect(entries[0]?.fields).toEqual({ round: 7, announced: 3, seconds: 1.5 });
  expect(entries[1]?.fields).toEqual({
    ...{ round: 7, hotkey: HOTKEY, score: 90, reputation: 12.5, reason: 'good', merged: true },
  });
});

test.each<[string, ChildMessage, string, string, object]>([
  ['a round that is opened', opened, 'info', 'round-opened', { round: 7, step: 6, rank: 0, validators: 2 }],
  ['an accepted announcement', accepted, 'info', 'announcement-accepted', { round: 7, hotkey: HOTKEY }],
  [
    ...(['a refused announcement', refused, 'warning', 'announcement-refused'] as const),
    { round: 7, hotkey: HOTKEY, result: 'late', reason: '2 blocks too late' },
  ],
  ['a refused manifest', unfair, 'warning', 'manifest-refused', { verdict: 'unfair', reason: 'not its turn' }],
  ['a settled manifest', settled, 'info', 'manifest-settled', { hash: HASH, selected: 2, judgeSeconds: 1.5 }],
  ['its own vote', voteOn(HASH), 'info', 'vote-cast', { round: 7, hash: HASH }],
  ['vitals, for developers', vitals(1), 'debug', 'vitals', { peers: 3 }],
])('names %s', (_, message, level, event, fields) => {
  expect(entriesOf(message)).toMatchObject([{ level, event, fields }]);
});

test('leaves to the warning what the process itself warns of', () => {
  expect(entriesOf(refused)[0]?.words).toBeNull();
  expect(entriesOf(unfair)[0]?.words).toBeNull();
  expect(entriesOf({ kind: 'log', level: 'warning', message: 'x' })).toEqual([]);
});

test('tells of a crash and of a process that was given up', () => {
  expect(entryOfSupervision({ kind: 'restarting', reason: 'died', attempt: 2, retryAtMs: 1 })).toMatchObject({
    ...{ level: 'warning', event: 'process-restarting', fields: { reason: 'died', attempt: 2 } },
  });
  expect(entryOfSupervision({ kind: 'failed', failure: { code: 'ENGINE', message: 'no' } })).toMatchObject({
    ...{ level: 'error', event: 'process-failed', fields: { code: 'ENGINE', message: 'no' } },
  });
  expect(entryOfSupervision({ kind: 'stopped' })).toBeNull();
});

function voteOn(hash: string): ChildMessage {
  return { kind: 'validator', news: { kind: 'vote', round: 7, hash } };
}
