import { describe, expect, it } from 'vitest';
import { sealEnvelope } from '#protocol/envelope.ts';
import { blobHash } from '#protocol/hash.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { MAX_ANNOUNCEMENT_BYTES, openAnnouncement, sealAnnouncement } from '#protocol/round/announcement.ts';
import { type Manifest, openManifest, sealManifest } from '#protocol/round/manifest.ts';
import { testKey, testRoot, testRunId } from '../../support/small-run.ts';

const announcement = {
  run: testRunId,
  round: 3,
  baseRoot: testRoot,
  innerSteps: 30,
  blob: blobHash(new Uint8Array(3)),
  address: '/ip4/127.0.0.1/tcp/4001',
};
const manifest: Manifest = {
  run: testRunId,
  round: 3,
  step: 1,
  previous: null,
  baseRoot: testRoot,
  stateRoot: testRoot,
  entries: [{ hotkey: hotkeyOf(testKey(2)), blob: announcement.blob, baseRoot: testRoot, weight: 1 }],
  left: [{ hotkey: hotkeyOf(testKey(3)), isNewcomer: true }],
  results: [{ hotkey: hotkeyOf(testKey(2)), score: 50, reputation: 20, reason: 'good' }],
  evalLoss: 4.5,
  checkpoint: { step: 0, stateRoot: testRoot, manifest: null, index: null },
};

describe('a signed announcement', () => {
  it('opens to what was signed and by whom', () => {
    const opened = openAnnouncement(sealAnnouncement(announcement, testKey(1)));
    expect(opened).toEqual({ hotkey: hotkeyOf(testKey(1)), announcement });
  });

  it('is refused when any byte was changed', () => {
    const sealed = sealAnnouncement(announcement, testKey(1));
    for (let i = 0; i < sealed.length; i += 7) {
      const damaged = sealed.slice();
      damaged[i]! ^= 1;
      expect(() => openAnnouncement(damaged), `byte ${i}`).toThrow();
    }
  });

  it('is refused when it was signed under another domain', () => {
    expect(() => openAnnouncement(sealEnvelope('millrace/manifest/1', announcement, testKey(1)))).toThrow(
      /Bad signature/,
    );
  });

  it('is refused when it is too large, before anything is read', () => {
    expect(() => openAnnouncement(new Uint8Array(MAX_ANNOUNCEMENT_BYTES + 1))).toThrow(/at most/);
  });

  it.each([
    ['round', -1],
    ['round', 1.5],
    ['blob', 'x'],
    ['run', 5],
    ['address', 'x'.repeat(300)],
    ['extra', 1],
  ])('with a bad %s is refused by name', (field, value) => {
    const sealed = sealEnvelope('millrace/announcement/1', { ...announcement, [field]: value }, testKey(1));
    expect(() => openAnnouncement(sealed)).toThrow(field);
  });
});

describe('a signed manifest', () => {
  it('round-trips', () => {
    expect(openManifest(sealManifest(manifest, testKey(5)))).toEqual({ validator: hotkeyOf(testKey(5)), manifest });
  });

  it('with a weight of zero or a loss that is not a number is refused', () => {
    const seal = (patch: object) => sealEnvelope('millrace/manifest/2', { ...manifest, ...patch }, testKey(5));
    expect(() => openManifest(seal({ entries: [{ ...manifest.entries[0], weight: 0 }] }))).toThrow(/entries/);
    expect(() => openManifest(seal({ evalLoss: Number.NaN }))).toThrow(/evalLoss/);
  });

  it('of the version before is refused by that name', () => {
    const old = sealEnvelope('millrace/manifest/1', manifest, testKey(5));
    expect(() => openManifest(old)).toThrow('Manifest has version 1, this program reads 2');
  });

  it.each([
    ['a new line', 'good\nround 7: validator: paid'],
    ['the colours of a terminal', 'good \u001b[31m'],
    ['text that runs backwards', 'good \u202edab'],
    ['a line separator', 'good\u2028bad'],
    ['more than 300 characters', 'x'.repeat(301)],
  ])('whose reasons have %s is refused', (_, reason) => {
    const lying = { ...manifest, results: [{ ...manifest.results[0]!, reason }] };
    expect(() => openManifest(sealManifest(lying, testKey(5)))).toThrow(/results.0.reason/);
  });
});
