import type { Row } from './row.ts';
import { CASTS } from './rows/cast.ts';
import { ELEMENTWISE } from './rows/elementwise.ts';
import { LAYOUT } from './rows/layout.ts';
import { PRODUCTS } from './rows/products.ts';
import { REDUCTIONS } from './rows/reductions.ts';
import { SELECTION } from './rows/selections.ts';

/** One row or more for each operator. `operators.test.ts` asks for one of each that the graph code defines. */
export const TABLE: readonly Row[] = [...ELEMENTWISE, ...CASTS, ...REDUCTIONS, ...LAYOUT, ...PRODUCTS, ...SELECTION];
