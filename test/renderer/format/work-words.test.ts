import { describe, expect, it } from 'vitest';
import { workWords } from '#renderer/format/work-words.ts';
import { states } from '../fixtures/states.ts';

describe('workWords', () => {
  it.each(Object.entries(states))('has a headline, a sentence and an action for "%s"', (_name, state) => {
    const { headline, sentence, action } = workWords(state.work, state.rounds.length > 0);
    expect(headline).not.toBe('');
    expect(sentence).not.toBe('');
    expect(['start', 'pause', 'pausing', 'retry']).toContain(action);
  });

  it('invites before the first round and calls the same state paused after it', () => {
    expect(workWords({ kind: 'stopped' }, false)).toMatchObject({ headline: 'Ready when you are', action: 'start' });
    expect(workWords({ kind: 'stopped' }, true)).toMatchObject({ headline: 'Paused', action: 'start' });
  });

  it('offers a retry after a failure and says what failed', () => {
    expect(workWords({ kind: 'failed', code: 'DIVERGED', message: 'roots differ', advice: '' }, true)).toMatchObject({
      tone: 'failed',
      sentence: 'roots differ',
      action: 'retry',
    });
  });

  it('begins the worker’s details like a sentence', () => {
    const waiting = { kind: 'waiting', detail: 'for the verdict on round 4' } as const;
    expect(workWords(waiting, true)).toMatchObject({ headline: 'Waiting', sentence: 'For the verdict on round 4' });
    const behind = { kind: 'catching-up', detail: 'to round 12' } as const;
    expect(workWords(behind, true)).toMatchObject({ headline: 'Catching up', sentence: 'To round 12' });
  });

  it('can be paused while it restarts', () => {
    const work = { kind: 'restarting', reason: 'exit 139', attempt: 2, retryAtMs: 0 } as const;
    expect(workWords(work, true)).toMatchObject({ sentence: 'exit 139', action: 'pause' });
  });
});
