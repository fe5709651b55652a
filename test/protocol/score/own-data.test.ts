import { describe, expect, it } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { type RandomStream, randomStream } from '#protocol/random.ts';
import { ownDataEvidence, type WindowLosses } from '#protocol/score/own-data.ts';
import { normal } from './simulate.ts';

const WINDOWS = 8;

interface Text {
  /** What an update gains on a window that is as easy as most. */
  readonly gain: number;
  /** How easy the windows are: 1 is usual. */
  readonly ease: number;
}

/** Windows of different ease, on which any move gains in proportion, but for noise. */
function text(random: RandomStream, { gain, ease }: Text): WindowLosses {
  const windows = Array.from({ length: WINDOWS }, () => {
    const easy = ease * (1 + 0.5 * normal(random));
    const before = 3 + 0.2 * normal(random);
    const noise = () => 1 + 0.1 * normal(random);
    return { before, earlier: before / (1 - 0.02 * easy * noise()), after: before * (1 - gain * easy * noise()) };
  });
  const each = (key: 'before' | 'earlier' | 'after') => Float32Array.from(windows, (window) => window[key]);
  return { earlier: each('earlier'), before: each('before'), after: each('after') };
}

/** Mean of the evidence of many rounds. */
function evidence(own: Text, unseen: Text): number {
  const random = randomStream(utf8('own data'));
  const rounds = Array.from({ length: 500 }, () => ownDataEvidence(text(random, own), text(random, unseen)) ?? Number.NaN);
  return rounds.reduce((sum, value) => sum + value, 0) / rounds.length;
}

describe('the evidence that the assigned text was used', () => {
  it('is strong where it gained a quarter more', () => {
    expect(evidence({ gain: 0.0125, ease: 1 }, { gain: 0.01, ease: 1 })).toBeGreaterThan(0.8);
  });

  it('is nothing on average where it gained as much', () => {
    expect(Math.abs(evidence({ gain: 0.01, ease: 1 }, { gain: 0.01, ease: 1 }))).toBeLessThan(0.05);
  });

  it.each([2, 0.5])('is hardly moved by a text that is %d times as easy for everyone', (ease) => {
    expect(Math.abs(evidence({ gain: 0.01, ease }, { gain: 0.01, ease: 1 }))).toBeLessThan(0.15);
  });

  it('is against it where it gained less', () => {
    expect(evidence({ gain: 0.008, ease: 1 }, { gain: 0.01, ease: 1 })).toBeLessThan(-0.8);
  });

  it('is as strong for few inner steps as for many: gains count in their own measure', () => {
    const few = evidence({ gain: 0.00125, ease: 1 }, { gain: 0.001, ease: 1 });
    expect(few).toBeCloseTo(evidence({ gain: 0.0125, ease: 1 }, { gain: 0.01, ease: 1 }), 2);
  });

  const usual: WindowLosses = { earlier: [3.1, 3.3, 3.2], before: [3, 3.1, 3.1], after: [2.9, 3, 3.05] };
  it.each<[string, WindowLosses, WindowLosses]>([
    ['a loss is no number', { ...usual, after: [2.9, Number.NaN, 3] }, usual],
    ['a loss is none any more', usual, { ...usual, after: [2.9, Infinity, 3] }],
    ['the run did not move', usual, { ...usual, earlier: usual.before }],
    ['a text is one window', { earlier: [3.1], before: [3], after: [2.9] }, { earlier: [3.1], before: [3], after: [2.9] }],
    ['nothing changes', { ...usual, after: usual.before }, { ...usual, after: usual.before }],
    ['there is no window', { earlier: [], before: [], after: [] }, { earlier: [], before: [], after: [] }],
  ])('is none where %s', (_, own, unseen) => {
    expect(ownDataEvidence(own, unseen)).toBeNull();
  });

  it('stays within −1 and 1', () => {
    expect(ownDataEvidence({ ...usual, after: [1, 1, 1] }, usual)).toBe(1);
    expect(ownDataEvidence({ ...usual, after: [9, 9, 9] }, usual)).toBe(-1);
  });
});
