import { InferenceSession, Tensor } from 'onnxruntime-node';
import { writeModel } from '#worker/graph/onnx/model.ts';
import type { ConstantData, Value } from '#worker/graph/value.ts';

/** Booleans are bytes; half-precision outputs come as JavaScript has them: as numbers, or as their bits. */

/** A graph loaded into onnxruntime, for tests: arrays in, arrays out. */
export interface LoadedGraph {
  /** Runs on one array for each input, and returns the outputs of the given names, or all. */
  run(data: readonly ConstantData[], outputs?: readonly string[]): Promise<Readonly<Record<string, ConstantData>>>;
  release(): Promise<void>;
}

export async function loadGraph(
  inputs: readonly Value[],
  outputs: Readonly<Record<string, Value>>,
): Promise<LoadedGraph> {
  const session = await InferenceSession.create(writeModel(inputs, outputs), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return {
    run: async (data, names = session.outputNames) => {
      const feeds: Record<string, Tensor> = {};
      for (const [index, value] of inputs.entries()) {
        if (value.source.kind !== 'input') throw new Error('not an input');
        feeds[value.source.name] = new Tensor(value.type as 'float32', data[index] as Float32Array, value.shape);
      }
      const results = await session.run(feeds, names);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.data as ConstantData]));
    },
    release: () => session.release(),
  };
}
