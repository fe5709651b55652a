import { describe, expect, it } from 'vitest';
import type { RoundProgress } from '#protocol/contract/state.ts';
import { lossSeries, lossSummary } from '#renderer/chart/loss-series.ts';
import { areaPath, linePath, nearestPoint, plotLoss } from '#renderer/chart/plot.ts';
import { record } from '../fixtures/states.ts';

const progress: RoundProgress = {
  ...{ round: 3, phase: 'training', step: 1, steps: 30 },
  ...{ loss: 3.5, tokensPerSecond: null, gradientNorm: null },
};
const rounds = [record(1, { loss: 5 }), record(2, { loss: 4 })];
/** As drawn while a round runs. */
const running = { ...lossSeries(rounds, null), live: { round: 3, loss: 3.5 } };
const size = { width: 400, height: 200, rem: 16 };

describe('lossSeries', () => {
  it('shows the running round only until a round is finished', () => {
    expect(lossSeries([], progress).live).toEqual({ round: 3, loss: 3.5 });
    expect(lossSeries([], { ...progress, loss: null }).live).toBeNull();
    expect(lossSeries([], { ...progress, loss: Infinity }).live).toBeNull();
    expect(lossSeries([], null).live).toBeNull();
    expect(lossSeries(rounds, progress).live).toBeNull();
  });

  it('draws the loss of the network, and leaves out rounds without one', () => {
    const measured = [
      record(1, { loss: 3, evalLoss: 5 }),
      record(2, { loss: 4, evalLoss: null }),
      record(3, { loss: NaN }),
    ];
    expect(lossSeries(measured, null).points).toEqual([{ round: 1, loss: 5 }]);
  });
});

describe('lossSummary', () => {
  it('tells the way of the curve', () => {
    expect(lossSummary(lossSeries(rounds, null))).toBe('Loss fell from 5.000 in round 1 to 4.000 in round 2.');
    expect(lossSummary(lossSeries(rounds.toReversed(), null))).toContain('rose from 4.000');
    expect(lossSummary(lossSeries(rounds.slice(0, 1), null))).toContain('the only one so far');
    expect(lossSummary(lossSeries([], progress))).toBe('First round running, loss 3.500 so far.');
    expect(lossSummary(lossSeries([], null))).toBe('No round is finished yet.');
  });
});

describe('plotLoss', () => {
  const plot = plotLoss(running, size);

  it('keeps every point inside the plot, older to the left, lower loss further down', () => {
    const all = [...plot.points, plot.live!];
    for (const { x, y } of all) {
      expect(x).toBeGreaterThanOrEqual(plot.left);
      expect(x).toBeLessThanOrEqual(plot.right);
      expect(y).toBeGreaterThanOrEqual(plot.top);
      expect(y).toBeLessThanOrEqual(plot.bottom);
    }
    expect(all.map(({ x }) => x)).toEqual(all.map(({ x }) => x).toSorted((a, b) => a - b));
    expect(all.map(({ y }) => y)).toEqual(all.map(({ y }) => y).toSorted((a, b) => a - b));
  });

  it('labels the axis with as many decimals as its step needs', () => {
    expect(plot.yTicks.every(({ label }) => /^\d\.\d$/.test(label))).toBe(true);
    const fine = plotLoss(lossSeries([record(1, { loss: 2.301 }), record(2, { loss: 2.302 })], null), size);
    expect(new Set(fine.yTicks.map(({ label }) => label)).size).toBe(fine.yTicks.length);
  });

  it('stands a single point at the left and finds it from anywhere', () => {
    const single = plotLoss(lossSeries(rounds.slice(0, 1), null), size);
    expect(single.points[0]?.x).toBe(single.left);
    expect(nearestPoint(single, 390)?.round).toBe(1);
    expect(linePath(single.points)).toBe('');
  });

  it('finds the point under the pointer, the running round included', () => {
    expect(nearestPoint(plot, plot.left)?.round).toBe(1);
    expect(nearestPoint(plot, 399)?.round).toBe(3);
  });

  it('draws a line through all points and closes the surface on the floor', () => {
    expect(
      linePath([
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ]),
    ).toBe('M1.0 2.0L3.0 4.0');
    expect(
      areaPath(
        [
          { x: 1, y: 2 },
          { x: 3, y: 4 },
        ],
        9,
      ),
    ).toBe('M1.0 2.0L3.0 4.0L3.0 9.0L1.0 9.0Z');
  });

  it('survives a window too small to draw in', () => {
    const tiny = plotLoss(running, { width: 10, height: 5, rem: 32 });
    expect(tiny.points.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))).toBe(true);
  });
});
