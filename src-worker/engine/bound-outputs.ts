import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { concatBytes } from '#protocol/bytes.ts';
import { errorMessage } from '#protocol/errors.ts';
import { writeModel } from '#worker/graph/onnx/model.ts';
import { MessageWriter } from '#worker/graph/onnx/protobuf.ts';
import { input } from '#worker/graph/value.ts';
import { createSession, inRuntime, type Runtime } from './runtime.ts';

/**
 * A graph that writes its outputs into the memory of given tensors, and nowhere else.
 *
 * onnxruntime-node 1.30 writes outputs where it is told to, and then makes a new array for each and copies it there too. For
 * gradients and moments that is a sixth of a step. It makes them one after the other and stops at an output that has no form in
 * JavaScript. So the graph gets one more output before all others: an empty sequence.
 */
export interface BoundSession {
  /** @throws RuntimeFailure when the runtime fails */
  readonly run: (inputs: Tensors, outputs: Tensors) => Promise<void>;
  readonly release: () => Promise<void>;
}

type Tensors = Readonly<Record<string, Tensor>>;

const STOP = 'millrace.stop';
/** What onnxruntime-node 1.30 says at an output that is a sequence, once all outputs are computed. */
const STOPPED = 'Non tensor type is temporarily not supported';

/** Loads models for one device. @param options those of its sessions */
export function boundSessions(
  runtime: Runtime,
  options: InferenceSession.SessionOptions,
): (model: Uint8Array) => Promise<BoundSession> {
  let stops: Promise<boolean> | null = null;
  return async (model) => {
    stops ??= stopsBeforeCopies(runtime, options);
    return (await stops)
      ? stoppingSession(await createSession(runtime, withStop(model), options))
      : copyingSession(await createSession(runtime, model, options));
  };
}

function stoppingSession(session: InferenceSession): BoundSession {
  const names = new Set(session.outputNames);
  return {
    run: (inputs, outputs) =>
      inRuntime(async () => {
        // The runtime leaves out what it does not know, and the stop would hide that.
        const unknown = Object.keys(outputs).find((name) => !names.has(name));
        if (unknown !== undefined) throw new Error(`The graph has no output ${unknown}`);
        try {
          releaseCopies(await session.run(inputs, { [STOP]: null, ...outputs }), outputs);
        } catch (error) {
          if (!errorMessage(error).includes(STOPPED)) throw error;
        }
      }),
    release: () => session.release(),
  };
}

function copyingSession(session: InferenceSession): BoundSession {
  return {
    run: async (inputs, outputs) => releaseCopies(await inRuntime(() => session.run(inputs, outputs)), outputs),
    release: () => session.release(),
  };
}

/** Detaching a copy gives its memory back at once instead of at some later collection: for parameters and moments that is gigabytes. */
function releaseCopies(results: Tensors, outputs: Tensors): void {
  for (const [name, { data }] of Object.entries(results)) {
    const { buffer } = data as Float32Array<ArrayBuffer>;
    if (buffer !== (outputs[name]?.data as Float32Array | undefined)?.buffer) buffer.transfer(0);
  }
}

/** Whether this onnxruntime does as is said above: computes all outputs, then stops at the first. */
async function stopsBeforeCopies(runtime: Runtime, options: InferenceSession.SessionOptions): Promise<boolean> {
  const number = input('number', 'float32', [1]);
  const copy = new runtime.Tensor('float32', Float32Array.of(0), [1]);
  let session: InferenceSession | null = null;
  try {
    session = await createSession(runtime, withStop(writeModel([number], { copy: number })), options);
    await session.run({ number: new runtime.Tensor('float32', Float32Array.of(1), [1]) }, { [STOP]: null, copy });
    return false;
  } catch (error) {
    return errorMessage(error).includes(STOPPED) && copy.data[0] === 1;
  } finally {
    await session?.release().catch(() => undefined); // it has told what it was asked
  }
}

/** Messages of Protocol Buffers that stand behind each other are merged: the sequence becomes the first output of the model's graph. */
const withStop = (model: Uint8Array): Uint8Array => concatBytes(stopModel(), model);

/** Field numbers are those of `onnx.proto`. */
function stopModel(): Uint8Array {
  const tensor = new MessageWriter().message(1, new MessageWriter().integer(1, 1)); // tensor_type { elem_type: float }
  const sequence = new MessageWriter().message(4, new MessageWriter().message(1, tensor)); // sequence_type { elem_type }
  const output = new MessageWriter().string(1, STOP).message(2, sequence); // name, type
  const node = new MessageWriter().string(2, STOP).string(4, 'SequenceEmpty'); // output, op_type
  return new MessageWriter().message(7, new MessageWriter().message(1, node).message(12, output)).finish(); // graph
}
