import { parameterCount } from '#protocol/model-shape.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { longestPartLength } from '#protocol/update/parts.ts';
import { createUpdateThreads } from './thread-pool.ts';
import { createUpdateCodec, type UpdateCodec } from './update-codec.ts';

/** Beyond this memory is the limit, and every thread holds two parts. */
const MOST_THREADS = 8;

/** @param threads as many as the process may use; a small model takes fewer */
export function updateThreadCount(spec: RunSpec, threads: number): number {
  const parts = Math.ceil(parameterCount(spec.model) / longestPartLength(spec.update));
  return Math.min(threads, parts, MOST_THREADS);
}

/** @param threads see updateThreadCount */
export const openUpdateCodec = (spec: RunSpec, threads: number): UpdateCodec =>
  createUpdateCodec(createUpdateThreads(updateThreadCount(spec, threads)));
