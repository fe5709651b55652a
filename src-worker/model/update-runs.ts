import { elementCount } from '#protocol/model-shape.ts';
import type { Shape } from '#worker/graph/value.ts';

/**
 * Bytes of float32 parameters that one run of the update takes at most. On a card, where runs are functional, a run needs its
 * tensors' next state beside the current one; anywhere it needs temporaries of their size.
 */
const UPDATE_RUN_BYTES = 64e6;

/** The parameters, in order, in groups for one run of the update each. A tensor above the limit is a run of its own. */
export function updateRuns<Parameter extends { readonly shape: Shape }>(
  parameters: readonly Parameter[],
  limitBytes = UPDATE_RUN_BYTES,
): readonly (readonly Parameter[])[] {
  const runs: Parameter[][] = [];
  let runBytes = Infinity;
  for (const parameter of parameters) {
    const bytes = 4 * elementCount(parameter.shape);
    if (runBytes + bytes > limitBytes) {
      runs.push([]);
      runBytes = 0;
    }
    runs.at(-1)?.push(parameter);
    runBytes += bytes;
  }
  return runs;
}
