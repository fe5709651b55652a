import { hasMomentum } from '#protocol/global-state.ts';
import { parameterCount } from '#protocol/model-shape.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { longestPartLength } from '#protocol/update/parts.ts';
import { updateThreadCount } from '../update/open-codec.ts';

/** A thread that works on updates: 13 MB when it has started, and what its heap and its scratch memory grow to (measured). */
const THREAD_BYTES = 20e6;

/**
 * Main memory that a worker needs beside its trainer. Of each float32 parameter it holds the network's value and the error buffer's,
 * and at a round's end the trained value and the difference, or the next state; then the state of which a checkpoint is being
 * written. Outer momentum is part of every state. The error buffer is saved without a copy.
 */
export function bytesBesideTrainer(spec: RunSpec, threads: number): number {
  const stateBytes = 4 * (hasMomentum(spec) ? 2 : 1);
  const [errors, checkpoint] = [4, stateBytes];
  const trained = 4 + 4;
  const perParameter = stateBytes + errors + Math.max(trained, stateBytes) + checkpoint;
  const codecThreads = updateThreadCount(spec, threads);
  // A part of the state for each thread and for one task that waits.
  const slotBytes = (codecThreads + 1) * stateBytes * longestPartLength(spec.update);
  return perParameter * parameterCount(spec.model) + codecThreads * THREAD_BYTES + slotBytes;
}
