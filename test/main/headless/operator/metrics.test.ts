import { expect, test } from 'vitest';
import { createMetrics } from '#main/headless/operator/metrics.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { accepted, HOTKEY, judged, opened, rating, refused, round, settled, unfair, vitals } from './messages.ts';

async function lines(kind: 'worker' | 'validator', ...messages: readonly ChildMessage[]): Promise<readonly string[]> {
  const metrics = createMetrics(kind);
  for (const message of messages) metrics.see(message);
  return (await metrics.text()).split('\n');
}

test('counts a worker’s rounds and bytes, and shows its newest numbers', async () => {
  expect(await lines('worker', round, vitals(10, 20), vitals(15, 30))).toEqual(
    expect.arrayContaining([
      ...['millrace_rounds_total 1', 'millrace_update_bytes_total 5000', 'millrace_tokens_per_second 1000'],
      ...['millrace_loss 4', 'millrace_score 90', 'millrace_reputation 12.5', 'millrace_peers 3'],
      ...['millrace_blob_bytes_total{direction="in"} 15', 'millrace_blob_bytes_total{direction="out"} 30'],
    ]),
  );
});

test('shows no score before there is one', async () => {
  expect((await lines('worker')).filter((line) => /^millrace_(score|reputation|loss)/.test(line))).toEqual([]);
});

test('goes on counting bytes when the process was started again', async () => {
  expect(await lines('worker', vitals(100), vitals(5), vitals(7))).toContain(
    'millrace_blob_bytes_total{direction="in"} 107',
  );
});

test('shows what a validator gathered, judged and refused', async () => {
  expect(await lines('validator', opened, accepted, refused, judged, settled, unfair)).toEqual(
    expect.arrayContaining([
      ...['millrace_round 7', 'millrace_rounds_total 1', `millrace_score{hotkey="${HOTKEY}"} 90`],
      ...['millrace_announcements_total{result="accepted"} 1', 'millrace_announcements_total{result="late"} 1'],
      ...['millrace_manifests_total{verdict="unfair"} 1', 'millrace_judge_seconds_count 1'],
      ...['millrace_judge_seconds_bucket{le="2.5"} 1', 'millrace_eval_loss 3.25'],
    ]),
  );
});

test('forgets the score of a worker that is not rated any more', async () => {
  const without: ChildMessage = {
    kind: 'validator',
    news: { kind: 'judged', round: 8, announced: 1, seconds: 1, ratings: [{ ...rating, hotkey: '5Other' }] },
  };
  const scores = (await lines('validator', judged, without)).filter((line) => line.startsWith('millrace_score{'));
  expect(scores).toEqual(['millrace_score{hotkey="5Other"} 90']);
});

test('gives no series to a code that it does not know', async () => {
  const strange: ChildMessage = {
    kind: 'validator',
    news: { kind: 'announcement', round: 7, hotkey: null, result: 'made-up', reason: null },
  };
  expect(await lines('validator', strange)).toContain('millrace_announcements_total{result="other"} 1');
});
