import { describe, expect, it } from 'vitest';
import { hotkeyOf } from '#protocol/keys.ts';
import { askedWindows, assignedWindows, holdoutWindows } from '#protocol/round/assignment.ts';
import { smallRun, testKey, testRunId } from '../../support/small-run.ts';

const key = { run: testRunId, round: 3, blockHash: '11'.repeat(32), hotkey: hotkeyOf(testKey(1)) };

describe('assignedWindows', () => {
  it('gives every step its windows, inside of training pages only', () => {
    const windows = assignedWindows(smallRun, key);
    expect(windows).toHaveLength(6);
    for (const { page, offset } of windows) {
      expect(page).toBeLessThan(4);
      expect(offset + smallRun.model.sequenceLength + 1).toBeLessThanOrEqual(smallRun.data.pages[page]!.sizeBytes);
    }
    expect(new Set(windows.map(({ page }) => page)).size).toBeLessThanOrEqual(smallRun.data.pagesPerRound);
  });

  it('is the same for everyone and different for another hotkey, round or block', () => {
    const windows = assignedWindows(smallRun, key);
    expect(assignedWindows(smallRun, { ...key })).toEqual(windows);
    expect(assignedWindows(smallRun, { ...key, hotkey: hotkeyOf(testKey(2)) })).not.toEqual(windows);
    expect(assignedWindows(smallRun, { ...key, round: 4 })).not.toEqual(windows);
    expect(assignedWindows(smallRun, { ...key, blockHash: '22'.repeat(32) })).not.toEqual(windows);
  });
});

describe('holdoutWindows', () => {
  it('draws from the pages that nobody trains on', () => {
    const windows = holdoutWindows(smallRun, key, 20);
    expect(windows.every(({ page }) => page >= 4)).toBe(true);
    expect(new Set(windows.map(({ page }) => page))).toEqual(new Set([4, 5]));
  });
});

describe('askedWindows', () => {
  const trained = Array.from({ length: 240 }, (_, offset) => ({ page: 0, offset }));
  const asked = (blockHash: string, of = trained) => askedWindows(of, { ...key, blockHash }, 8);

  it('are spread over all that was trained on', () => {
    expect(asked(key.blockHash).map(({ offset }) => Math.floor(offset / 30))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('cannot be known before the deadline: else a worker would need no others', () => {
    const first = asked('11'.repeat(32)).map(({ offset }) => offset);
    expect(asked('22'.repeat(32)).filter(({ offset }) => first.includes(offset)).length).toBeLessThan(4);
  });

  it('are each another one, and fewer where fewer were trained on', () => {
    expect(asked(key.blockHash, trained.slice(0, 3))).toEqual(trained.slice(0, 3));
    expect(new Set(asked(key.blockHash, trained.slice(0, 9))).size).toBe(8);
    expect(asked(key.blockHash, [])).toEqual([]);
  });
});
