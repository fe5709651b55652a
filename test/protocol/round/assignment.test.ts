import { describe, expect, it } from 'vitest';
import { hotkeyOf } from '#protocol/keys.ts';
import { assignedWindows, holdoutWindows } from '#protocol/round/assignment.ts';
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
