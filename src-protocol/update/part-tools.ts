import type { RunSpec } from '../run-spec.ts';
import { type ChunkSelector, createPlainSelector } from './chunk-selector.ts';
import { keptCount } from './chunks.ts';
import { createPlainWriter, type PartWriter } from './part-writer.ts';
import { createPlainSorter, type ValueSorter } from './value-sorter.ts';

/** What goes through the values of a part. Whatever the tools, the bytes are the same. */
export interface PartTools {
  readonly selector: ChunkSelector;
  readonly sorter: ValueSorter;
  readonly writer: PartWriter;
}

/** Those that any JavaScript engine can run. @param longest number of values of the longest part */
export const createPlainTools = (spec: RunSpec['update'], longest: number): PartTools => ({
  selector: createPlainSelector(spec, longest),
  sorter: createPlainSorter(valuesToSort(spec, longest)),
  writer: createPlainWriter(spec, longest),
});

/** Most values that are sorted at once: one of the quantisers sorts none. */
export const valuesToSort = (spec: RunSpec['update'], longest: number): number =>
  spec.quantiser === 'nearest' ? keptCount(longest, spec) : 0;
