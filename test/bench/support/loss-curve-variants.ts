import { NO_SAVINGS, type MemorySavings } from '#worker/model/memory-savings.ts';
import type { CurveOptions } from './loss-curve.ts';

/** Ways to train whose loss curves the bench compares: `plain` with PyTorch's, the others with `plain`'s besides. */
export interface CurveVariant {
  readonly name: string;
  readonly options: CurveOptions;
}

export const PLAIN: CurveVariant = { name: 'plain', options: {} };

/** Ways that save memory, each with what it changes. */
export const VARIANTS: readonly CurveVariant[] = [
  { name: 'each layer computed anew', options: { segmentLayers: 1 } },
  { name: '8-bit moments', options: saving({ optimiserState: '8-bit' }) },
  { name: 'optimiser on the host', options: saving({ optimiserPlace: 'host' }) },
  { name: 'float16 weights', options: saving({ weights: 'float16' }) },
  {
    name: 'all of these',
    options: {
      ...saving({ optimiserState: '8-bit', optimiserPlace: 'host', weights: 'float16' }),
      segmentLayers: 1,
    },
  },
];

function saving(savings: Partial<MemorySavings>): CurveOptions {
  return { savings: { ...NO_SAVINGS, ...savings } };
}
