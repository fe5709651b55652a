import { describe, expect, it } from 'vitest';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import { addressOf } from '#protocol/keys.ts';
import { fittingRatings } from '#protocol/round/fit-manifest.ts';
import {
  type Manifest,
  MAX_MANIFEST_BYTES,
  MAX_MANIFEST_ENTRIES,
  MAX_MANIFEST_LEFT,
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
const entriesOf = (count: number) =>
  hotkeys
    .slice(0, count)
    .map((hotkey) => ({ hotkey, weight: 1000, blob: 'ab'.repeat(32) as BlobHash, baseRoot: testRoot }));

describe('what fits into a manifest', () => {
  it('is everything while there is room', () => {
    expect(fittingRatings(ratings.slice(0, MAX_MANIFEST_RESULTS))).toHaveLength(MAX_MANIFEST_RESULTS);
  });

  it('are of more ratings the best, in their order', () => {
    expect(fittingRatings(ratings)).toEqual(ratings.slice(-MAX_MANIFEST_RESULTS));
  });

  it('can be opened, however many there are and however long their reasons', () => {
    const manifest: Manifest = {
      ...{ run: testRunId, round: 3, step: 4_000_000_000, previous: 'ab'.repeat(32) as BlobHash },
      ...{ baseRoot: testRoot, stateRoot: testRoot, evalLoss: 4.123 },
      entries: entriesOf(MAX_MANIFEST_ENTRIES),
      left: hotkeys.slice(-MAX_MANIFEST_LEFT).map((hotkey) => ({ hotkey, isNewcomer: false })),
      results: fittingRatings(ratings),
      checkpoint: { step: 0, stateRoot: testRoot, manifest: null, index: null },
    };
    const bytes = sealManifest(manifest, testKey(1));
    expect(bytes.length).toBeLessThanOrEqual(MAX_MANIFEST_BYTES);
    expect(openManifest(bytes).manifest).toEqual(manifest);
  });
});
