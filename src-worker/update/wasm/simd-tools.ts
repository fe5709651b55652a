import type { RunSpec } from '#protocol/run-spec.ts';
import { type PartTools, valuesToSort } from '#protocol/update/part-tools.ts';
import { createSimdSelector, type SimdSelector } from './simd-selector.ts';
import { createSimdSorter } from './simd-sorter.ts';
import { createSimdWriter } from './simd-writer.ts';

export interface SimdTools extends PartTools {
  readonly selector: SimdSelector;
}

/** The tools in WebAssembly; `null` where the engine has no SIMD. @param longest number of values of the longest part */
export function createSimdTools(spec: RunSpec['update'], longest: number): SimdTools | null {
  const selector = createSimdSelector(spec, longest);
  const sorter = createSimdSorter(valuesToSort(spec, longest));
  const writer = createSimdWriter(spec, longest);
  return selector === null || sorter === null || writer === null ? null : { selector, sorter, writer };
}
