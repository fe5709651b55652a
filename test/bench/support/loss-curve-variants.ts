import type { CurveOptions } from './loss-curve.ts';

/** Ways to train whose loss curves the bench compares: `plain` with PyTorch's, the others with `plain`'s besides. */
export interface CurveVariant {
  readonly name: string;
  readonly options: CurveOptions;
}

export const PLAIN: CurveVariant = { name: 'plain', options: {} };

/** Ways that save memory, each with what it changes. */
export const VARIANTS: readonly CurveVariant[] = [];
