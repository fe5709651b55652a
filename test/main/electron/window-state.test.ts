import { expect, test } from 'vitest';
import { DEFAULT_WINDOW_STATE, restoreWindowState, type WindowState } from '#main/electron/window-state.ts';

const primary = { x: 0, y: 25, width: 1920, height: 1055 };
const secondary = { x: -1280, y: 0, width: 1280, height: 1024 };
const saved: WindowState = { position: { x: 100, y: 100 }, width: 1200, height: 800, maximized: false };

test('opens the window where it was', () => {
  expect(restoreWindowState(saved, [primary])).toEqual(saved);
  const onSecond = { ...saved, position: { x: -1200, y: 10 }, maximized: true };
  expect(restoreWindowState(onSecond, [primary, secondary])).toEqual(onSecond);
});

test('forgets a position on a display that is gone, and keeps the size', () => {
  const onSecond = { ...saved, position: { x: -1200, y: 10 } };
  expect(restoreWindowState(onSecond, [primary])).toEqual({ ...saved, position: null });
});

test.each([
  ['above the display', { x: 100, y: -40 }],
  ['under a panel at the top', { x: 100, y: 0 }],
  ['below it', { x: 100, y: 1060 }],
  ['with only a sliver inside on the left', { x: -1150, y: 100 }],
  ['with only a sliver inside on the right', { x: 1850, y: 100 }],
])('forgets a position whose upper edge lies %s', (_where, position) => {
  expect(restoreWindowState({ ...saved, position }, [primary]).position).toBeNull();
});

test('fits the size between the minimum and the display', () => {
  const size = (width: number, height: number) => {
    const state = restoreWindowState({ ...saved, width, height }, [primary]);
    return [state.width, state.height];
  };
  expect(size(10, 10)).toEqual([720, 560]);
  expect(size(99_999, 99_999)).toEqual([1920, 1055]);
});

test('keeps the minimum on a display smaller than it', () => {
  const { width, height } = restoreWindowState(saved, [{ x: 0, y: 0, width: 640, height: 480 }]);
  expect([width, height]).toEqual([720, 560]);
});

test.each([
  ['nothing', null],
  ['text', 'wide'],
  ['a missing field', { position: null, width: 800 }],
  ['not-a-number', { ...saved, width: Number.NaN }],
  ['a fraction', { ...saved, height: 700.5 }],
  ['a negative width', { ...saved, width: -1200 }],
  ['an infinite position', { ...saved, position: { x: Infinity, y: 0 } }],
])('takes the default when the file holds %s', (_what, value) => {
  expect(restoreWindowState(value, [primary])).toEqual(DEFAULT_WINDOW_STATE);
});

test('does without any display', () => {
  expect(restoreWindowState(saved, [])).toEqual({ ...saved, position: null });
});
