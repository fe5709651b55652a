import type { LossPoint, LossSeries } from './loss-series.ts';
import { integerTicks, linearScale, niceTicks } from './scale.ts';
import type { BoxSize } from './use-size.ts';

interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface PlottedPoint extends LossPoint {
  readonly x: number;
  readonly y: number;
}

export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly points: readonly PlottedPoint[];
  readonly live: PlottedPoint | null;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
}

/** Where everything of the loss curve goes, in pixels. */
export function plotLoss(series: LossSeries, { width, height, rem }: BoxSize): Plot {
  const left = 2.25 * rem;
  const right = Math.max(left + 1, width - 0.75 * rem);
  const top = 0.5 * rem;
  const bottom = Math.max(top + 1, height - 1.75 * rem);
  const all = series.live === null ? series.points : [...series.points, series.live];
  const losses = all.map(({ loss }) => loss);
  const rounds = all.map(({ round }) => round);
  const yValues = niceTicks(
    Math.min(...losses),
    Math.max(...losses),
    Math.max(2, Math.floor((bottom - top) / (3 * rem))),
  );
  const firstRound = Math.min(...rounds);
  const lastRound = Math.max(...rounds);
  // Two rounds at least, so that the very first point stands at the left and the curve has where to go.
  const xDomain: readonly [number, number] = [firstRound, Math.max(lastRound, firstRound + 1)];
  const x = linearScale(xDomain, [left, right]);
  const y = linearScale([yValues[0] ?? 0, yValues.at(-1) ?? 1], [bottom, top]);
  const place = (point: LossPoint): PlottedPoint => ({ ...point, x: x(point.round), y: y(point.loss) });
  const yStep = (yValues[1] ?? 1) - (yValues[0] ?? 0);
  const digits = Math.max(1, -Math.floor(Math.log10(yStep) + 1e-9));
  return {
    left,
    right,
    top,
    bottom,
    points: series.points.map(place),
    live: series.live === null ? null : place(series.live),
    xTicks: integerTicks(...xDomain, Math.max(2, Math.floor((right - left) / (5 * rem)))).map((value) => ({
      at: x(value),
      label: value.toString(),
    })),
    yTicks: yValues.map((value) => ({ at: y(value), label: value.toFixed(digits) })),
  };
}

/** `d` of a polyline; empty for fewer than two points. */
export const linePath = (points: readonly { readonly x: number; readonly y: number }[]): string =>
  points.length < 2
    ? ''
    : points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');

/** `d` of the surface between a line and the plot's floor. */
export function areaPath(points: readonly { readonly x: number; readonly y: number }[], bottom: number): string {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) return '';
  return `${linePath(points)}L${last.x.toFixed(1)} ${bottom.toFixed(1)}L${first.x.toFixed(1)} ${bottom.toFixed(1)}Z`;
}

/** The plotted point nearest to `x`. */
export function nearestPoint(plot: Plot, x: number): PlottedPoint | null {
  let nearest: PlottedPoint | null = null;
  for (const point of plot.live === null ? plot.points : [...plot.points, plot.live]) {
    if (nearest === null || Math.abs(point.x - x) < Math.abs(nearest.x - x)) nearest = point;
  }
  return nearest;
}
