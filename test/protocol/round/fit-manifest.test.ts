import { describe, expect, it } from 'vitest';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import { addressOf } from '#protocol/keys.ts';
import { fittingEntries, fittingRatings, withoutPlace } from '#protocol/round/fit-manifest.ts';
import {
  type Manifest,
  MAX_MANIFEST_BYTES,
  MAX_MANIFEST_ENTRIES,
  MAX_MANIFEST_RESULTS,
  openManifest,
  sealManifest,
} from '#protocol/round/manifest.ts';
import { testKey, testRoot, testRunId } from '../../support/small-run.ts';

const hotkeys = Array.from({ length: 5000 }, (_, n) => {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(0, n);
  return addressOf(key) as Hotkey;
}).toSorted();
/** Of the greatest length. */
const reason = `${'→'.repeat(4)}${'x'.repeat(296)}`;
const ratings = hotkeys.map((hotkey, n) => ({ hotkey, score: n / 50.01, reputation: 99.9 / (n + 1), reason }));
const entriesOf = (count: number, weight: (n: number) => number) =>
  hotkeys
    .slice(0, count)
    .map((hotkey, n) => ({ hotkey, weight: weight(n), blob: 'ab'.repeat(32) as BlobHash, baseRoot: testRoot }));

describe('what fits into a manifest', () => {
  it('is everything while there is room', () => {
    const entries = entriesOf(MAX_MANIFEST_ENTRIES, () => 1);
    expect(fittingEntries(entries, ratings)).toEqual(entries);
    expect(fittingRatings(ratings.slice(0, MAX_MANIFEST_RESULTS))).toHaveLength(MAX_MANIFEST_RESULTS);
  });

  it('are of more updates those that weigh most, then those of the better workers, in their order', () => {
    const entries = entriesOf(400, (n) => (n < 100 ? 1000 : 500));
    const places = fittingEntries(entries, ratings).map((entry) => entries.indexOf(entry));
    const heavy = Array.from({ length: 100 }, (_, n) => n);
    const best = Array.from({ length: MAX_MANIFEST_ENTRIES - 100 }, (_, n) => 400 - (MAX_MANIFEST_ENTRIES - 100) + n);
    expect(places).toEqual([...heavy, ...best]);
  });

  it('does not depend on the order in which equal updates came', () => {
    const entries = entriesOf(300, () => 1000);
    const chosen = fittingEntries(entries, []);
    expect(fittingEntries(entries.toReversed(), []).toReversed()).toEqual(chosen);
    expect(chosen).toEqual(entries.slice(0, MAX_MANIFEST_ENTRIES));
  });

  it('can be opened, however many there are and however long their reasons', () => {
    const manifest: Manifest = {
      ...{ run: testRunId, round: 3, step: 4_000_000_000, previous: 'ab'.repeat(32) as BlobHash },
      ...{ baseRoot: testRoot, stateRoot: testRoot, evalLoss: 4.123 },
      entries: fittingEntries(
        entriesOf(5000, () => 1000),
        ratings,
      ),
      results: fittingRatings(ratings),
      checkpoint: { step: 0, stateRoot: testRoot, manifest: null, index: null },
    };
    const bytes = sealManifest(manifest, testKey(1));
    expect(bytes.length).toBeLessThanOrEqual(MAX_MANIFEST_BYTES);
    expect(openManifest(bytes).manifest).toEqual(manifest);
  });

  it('excuses only a full manifest for what has no place in it', () => {
    expect(withoutPlace(300, MAX_MANIFEST_ENTRIES)).toBe(300 - MAX_MANIFEST_ENTRIES);
    expect(withoutPlace(300, MAX_MANIFEST_ENTRIES - 1)).toBe(0);
    expect(withoutPlace(200, MAX_MANIFEST_ENTRIES)).toBe(0);
  });
});
