import type { ElementType } from '#worker/graph/element-type.ts';
import { cast } from '#worker/graph/operators/cast.ts';
import type { Shape } from '#worker/graph/value.ts';
import { grid, GRID_STEP, integersOf, row, tensor, type Fill, type Row } from '../row.ts';
import { EDGE_SHAPES } from './elementwise.ts';

const FLOATS = ['float16', 'float32', 'float64'] as const;

/** On numbers that both types hold, where a cast is the identity and differences are exact. */
function castRow(from: ElementType, to: ElementType, fill: Fill, gradient: Row['gradient']): Row {
  return row<{ readonly shape: Shape }>(`cast from ${from} to ${to}`, {
    edges: EDGE_SHAPES.map((shape) => ({ shape })),
    random: (source) => ({ shape: source.shape() }),
    inputs: ({ shape }, source) => [tensor(shape, fill, source, from)],
    build: () => (x) => cast(x, to),
    reference: () => (x) => x,
    gradient,
  });
}

const bytes = { int8: integersOf(-128, 127), uint8: integersOf(0, 255) };

export const CASTS: readonly Row[] = [
  ...FLOATS.flatMap((from) =>
    FLOATS.filter((to) => to !== from).map((to) => castRow(from, to, grid, { step: GRID_STEP })),
  ),
  ...(['int8', 'uint8'] as const).flatMap((type) =>
    FLOATS.flatMap((float) => [castRow(type, float, bytes[type], 'none'), castRow(float, type, bytes[type], 'none')]),
  ),
];
