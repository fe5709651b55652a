import { expect, test } from 'vitest';
import { describeResult } from '../../../scripts/bench/report.ts';

test('says for each goal whether it was reached', () => {
  const text = describeResult({
    runs: 5,
    rows: [
      { name: 'millrace', tokensPerSecond: 1234.5678 },
      { name: 'peer', skipped: 'not installed' },
    ],
    verdicts: [
      { name: 'ratio', value: 1.04, goal: '>= 1', ok: true },
      { name: 'size', value: 9, goal: '< 5', ok: false },
    ],
  });
  expect(text).toBe(
    [
      '5 alternating runs',
      'millrace: tokensPerSecond 1235',
      'peer: skipped not installed',
      'reached  ratio: 1.04 (goal >= 1)',
      'MISSED   size: 9 (goal < 5)',
    ].join('\n'),
  );
});
