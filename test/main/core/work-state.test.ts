import { expect, test } from 'vitest';
import { failedState } from '#main/core/work-state.ts';
import { WORK_LABELS } from '#protocol/contract/work-labels.ts';
import { workWords } from '#renderer/format/work-words.ts';

test.each(['DIVERGED', 'DATABASE', 'SHARD_TOO_LARGE', 'WORKER_FAILED', 'NO_RUN'])(
  'the advice after %s names the button that then stands beside it, and no other',
  (code) => {
    const work = failedState({ code, message: 'It stopped.' });
    expect(workWords(work, true).action).toBe('retry');
    const { advice } = work as Extract<typeof work, { readonly kind: 'failed' }>;
    expect(advice.toLowerCase()).toContain(WORK_LABELS.retry.toLowerCase());
    expect(advice.toLowerCase()).not.toContain(WORK_LABELS.start.toLowerCase());
  },
);
