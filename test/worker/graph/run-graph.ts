import { InferenceSession, Tensor } from 'onnxruntime-node';
import { writeModel } from '#worker/graph/onnx/model.ts';
import type { Value } from '#worker/graph/value.ts';

type Data = Float32Array | Float64Array | Int32Array;

/** A graph loaded into onnxruntime, for tests: arrays in, arrays out. */
export interface LoadedGraph {
  run(data: readonly Data[]): Promise<Readonly<Record<string, Data>>>;
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
    run: async (data) => {
      const feeds: Record<string, Tensor> = {};
      for (const [index, value] of inputs.entries()) {
        if (value.source.kind !== 'input') throw new Error('not an input');
        feeds[value.source.name] = new Tensor(value.type as 'float32', data[index] as Float32Array, value.shape);
      }
      const results = await session.run(feeds);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.data as Data]));
    },
    release: () => session.release(),
  };
}
