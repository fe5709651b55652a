import type { OuterRule } from '#protocol/outer-rule.ts';
import { outerStepPart } from '#protocol/outer-step-part.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { checkDifference } from '#protocol/update/compress.ts';
import { keptCount } from '#protocol/update/chunks.ts';
import { type SparseTensor, sparseTensor } from '#protocol/update/part-decoder.ts';
import { PartEncoder } from '#protocol/update/part-encoder.ts';
import { giveBackPart } from '#protocol/update/give-back.ts';
import { longestPartLength, type Part } from '#protocol/update/parts.ts';
import { decodeUpdatePart } from '#protocol/update/update-blob.ts';

type UpdateSpec = RunSpec['update'];

/** One peer's bytes for a part, and what they count; see WeightedPart. */
interface WeightedBytes {
  readonly bytes: Uint8Array;
  readonly weight: number;
  readonly factor: number;
}

/** Work on one part of an update, each independent of all others, so that any thread may do it. */
interface UpdateTasks {
  readonly check: {
    readonly ask: { readonly difference: Float32Array; readonly tensor: number };
    readonly reply: null;
  };
  /** Changes `error` in place. */
  readonly encode: {
    readonly ask: { readonly spec: UpdateSpec; readonly difference: Float32Array; readonly error: Float32Array };
    readonly reply: Uint8Array;
  };
  /** Changes `error` in place. */
  readonly giveBack: {
    readonly ask: { readonly spec: UpdateSpec; readonly bytes: Uint8Array; readonly error: Float32Array };
    readonly reply: null;
  };
  /** The sum of squares, when the bytes are a part. */
  readonly squares: {
    readonly ask: {
      readonly spec: UpdateSpec;
      readonly index: number;
      readonly part: Part;
      readonly bytes: Uint8Array;
    };
    readonly reply: number;
  };
  /** Changes `parameter` and `momentum` in place. */
  readonly step: {
    readonly ask: {
      readonly spec: UpdateSpec;
      readonly rule: OuterRule;
      readonly index: number;
      readonly part: Part;
      readonly parameter: Float32Array;
      readonly momentum: Float32Array | null;
      readonly sent: readonly WeightedBytes[];
    };
    readonly reply: null;
  };
}

export type UpdateTaskKind = keyof UpdateTasks;
export type UpdateTask<K extends UpdateTaskKind> = UpdateTasks[K]['ask'];
export type UpdateReply<K extends UpdateTaskKind> = UpdateTasks[K]['reply'];

/** The last encoder stays for the next part: its scratch memory is made once for a run. */
let encoder: { readonly key: string; readonly encoder: PartEncoder } | null = null;

function encoderFor(spec: UpdateSpec): PartEncoder {
  const key = JSON.stringify(spec);
  if (encoder?.key !== key) encoder = { key, encoder: new PartEncoder(spec, longestPartLength(spec)) };
  return encoder.encoder;
}

/** One for each peer of a round, taken again for every part. */
const decoded: SparseTensor[] = [];

function sparseOf(peer: number, { length }: Part, spec: UpdateSpec): SparseTensor {
  const kept = keptCount(length, spec);
  const most = keptCount(longestPartLength(spec), spec);
  const before = decoded[peer];
  const { indices, values } = before !== undefined && before.values.length >= most ? before : sparseTensor(most);
  decoded[peer] = { indices, values };
  return { indices: indices.subarray(0, kept), values: values.subarray(0, kept) };
}

const handlers: { readonly [K in UpdateTaskKind]: (task: UpdateTask<K>) => UpdateReply<K> } = {
  check: ({ difference, tensor }) => {
    checkDifference(difference, tensor);
    return null;
  },
  encode: ({ spec, difference, error }) => encoderFor(spec).encode(difference, error),
  giveBack: ({ spec, bytes, error }) => {
    giveBackPart(spec, bytes, error);
    return null;
  },
  squares: ({ spec, index, part, bytes }) => decodeUpdatePart(spec, index, part, bytes, sparseOf(0, part, spec)),
  step: ({ spec, rule, index, part, parameter, momentum, sent }) => {
    const parts = sent.map(({ bytes, weight, factor }, peer) => {
      const into = sparseOf(peer, part, spec);
      decodeUpdatePart(spec, index, part, bytes, into);
      return { part: into, weight, factor };
    });
    outerStepPart(rule, { parameter, momentum }, parts);
    return null;
  },
};

/** Does the work, here and now. @throws MillraceError, ProtocolError */
export const performUpdateTask = <K extends UpdateTaskKind>(kind: K, task: UpdateTask<K>): UpdateReply<K> =>
  handlers[kind](task);
