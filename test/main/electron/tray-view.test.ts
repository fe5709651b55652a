import { expect, test } from 'vitest';
import { trayView } from '#main/electron/tray-view.ts';
import { initialState } from '#main/core/initial-state.ts';
import type { WorkState } from '#protocol/contract/state.ts';

const viewOf = (work: WorkState, totalRao = '0') => {
  const state = initialState('1.2.3', 'electron');
  return trayView({ work, earnings: { ...state.earnings, totalRao } });
};

const restarting = { kind: 'restarting', reason: 'crash', attempt: 1, retryAtMs: 0 } as const;
const failed = { kind: 'failed', code: 'DIVERGED', message: 'm', advice: 'a' } as const;

test.each<[WorkState, string, string]>([
  [{ kind: 'stopped' }, 'idle', 'start'],
  [{ kind: 'starting', step: 'Finding peers' }, 'working', 'pause'],
  [{ kind: 'catching-up', detail: 'round 3 of 9' }, 'working', 'pause'],
  [{ kind: 'training' }, 'working', 'pause'],
  [{ kind: 'waiting', detail: 'for the verdict' }, 'working', 'pause'],
  [{ kind: 'pausing' }, 'paused', 'none'],
  [restarting, 'attention', 'pause'],
  [failed, 'attention', 'start'],
])('%o shows the icon %s and offers %s', (work, icon, action) => {
  expect(viewOf(work)).toMatchObject({ icon, action });
});

test('after a problem the menu offers what the window offers', () => {
  expect(viewOf(failed).actionLabel).toBe('Try again');
  expect(viewOf({ kind: 'stopped' }).actionLabel).toBe('Start earning');
});

test('the tooltip says the state and the earnings', () => {
  expect(viewOf({ kind: 'training' }, '6177812345').tooltip).toBe('Millrace: Earning\n6.1778 TAO earned');
});

test('the first line says what the start waits for', () => {
  expect(viewOf({ kind: 'starting', step: 'Finding peers' }).stateLine).toBe('Finding peers');
});

test('the details of a round do not change what is shown', () => {
  expect(viewOf({ kind: 'waiting', detail: 'a' })).toEqual(viewOf({ kind: 'waiting', detail: 'b' }));
  expect(viewOf({ kind: 'waiting', detail: 'a' })).toEqual(viewOf({ kind: 'training' }));
});
