import { describe, expect, it } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { type RandomStream, randomStream } from '#protocol/random.ts';
import { ownDataEvidence, type WindowLosses } from '#protocol/score/own-data.ts';
import { normal } from './simulate.ts';

const WINDOWS = 8;

/** Windows on which an update gains this much, more on some than on others. */
function text(random: RandomStream, gain: number): WindowLosses {
  const windows = Array.from({ length: WINDOWS }, () => {
    const before = 3 + 0.2 * normal(random);
    return { before, after: before * (1 - gain * (1 + 0.2 * normal(random))) };
  });
  return { before: windows.map(({ before }) => before), after: Float32Array.from(windows, ({ after }) => after) };
}

/** Mean of the evidence of many rounds. */
function evidence(ownGain: number, othersGain: number): number {
  const random = randomStream(utf8('own data'));
  const rounds = Array.from(
    { length: 500 },
    () => ownDataEvidence(text(random, ownGain), text(random, othersGain)) ?? Number.NaN,
  );
  return rounds.reduce((sum, value) => sum + value, 0) / rounds.length;
}

describe('the evidence that the assigned text was used', () => {
  it('is strong where it gained a third more', () => {
    expect(evidence(0.0133, 0.01)).toBeGreaterThan(0.8);
  });

  it('is some where it gained a tenth more: that may be chance', () => {
    expect(evidence(0.011, 0.01)).toBeGreaterThan(0.3);
    expect(evidence(0.011, 0.01)).toBeLessThan(0.6);
  });

  it('is nothing on average where it gained as much', () => {
    expect(Math.abs(evidence(0.01, 0.01))).toBeLessThan(0.05);
  });

  it('is against it where it gained less', () => {
    expect(evidence(0.007, 0.01)).toBeLessThan(-0.8);
  });

  it('is as strong for few inner steps as for many: gains count in their own measure', () => {
    expect(evidence(0.00125, 0.001)).toBeCloseTo(evidence(0.0125, 0.01), 2);
  });

  const usual: WindowLosses = { before: [3, 3.1, 3.1], after: [2.9, 3, 3.05] };
  it.each<[string, WindowLosses, WindowLosses]>([
    ['a loss was no number', { ...usual, before: [3, Number.NaN, 3] }, usual],
    ['a loss was none of the other text', usual, { ...usual, before: [3, Infinity, 3] }],
    ['each text is one window', { before: [3], after: [2.9] }, { before: [3], after: [2.9] }],
    ['nothing changes', { ...usual, after: usual.before }, { ...usual, after: usual.before }],
    ['there is no window', { before: [], after: [] }, { before: [], after: [] }],
  ])('is none where %s', (_, own, others) => {
    expect(ownDataEvidence(own, others)).toBeNull();
  });

  it.each<[string, WindowLosses, WindowLosses]>([
    ['of its own text', { ...usual, after: [2.9, Number.NaN, 3] }, usual],
    ['of other text', usual, { ...usual, after: [2.9, Infinity, 3] }],
  ])('is against an update with which a loss %s is no number any more: nobody is spared by that', (_, own, others) => {
    expect(ownDataEvidence(own, others)).toBe(-1);
  });

  it('is there for a single window: who has used no more is asked all the same', () => {
    expect(ownDataEvidence({ before: [3], after: [2.5] }, usual)).toBe(1);
    expect(ownDataEvidence({ before: [3], after: [3.5] }, usual)).toBe(-1);
  });

  it('stays within −1 and 1', () => {
    expect(ownDataEvidence({ ...usual, after: [1, 1.1, 1] }, usual)).toBe(1);
    expect(ownDataEvidence({ ...usual, after: [9, 9, 8] }, usual)).toBe(-1);
  });
});
