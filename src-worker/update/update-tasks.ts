import type { OuterRule } from '#protocol/outer-rule.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { checkDifference } from '#protocol/update/compress.ts';
import { PartEncoder } from '#protocol/update/part-encoder.ts';
import { giveBackPart } from '#protocol/update/give-back.ts';
import { longestPartLength } from '#protocol/update/parts.ts';
import { namingPart } from '#protocol/update/update-blob.ts';
import { type SentPart, stepPart, verifyPart } from './step-part.ts';

type UpdateSpec = RunSpec['update'];

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
  /** Throws what is not exactly a part of so many values. */
  readonly verify: {
    readonly ask: {
      readonly spec: UpdateSpec;
      readonly index: number;
      readonly length: number;
      readonly bytes: Uint8Array;
    };
    readonly reply: null;
  };
  /** Changes `parameter` and `momentum` in place. */
  readonly step: {
    readonly ask: {
      readonly spec: UpdateSpec;
      readonly rule: OuterRule;
      readonly index: number;
      readonly parameter: Float32Array;
      readonly momentum: Float32Array | null;
      readonly sent: readonly SentPart[];
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
  verify: ({ spec, index, length, bytes }) => {
    namingPart(index, () => verifyPart(spec, bytes, length));
    return null;
  },
  step: ({ spec, rule, index, parameter, momentum, sent }) => {
    namingPart(index, () => stepPart(spec, rule, { parameter, momentum }, sent));
    return null;
  },
};

/** Does the work, here and now. @throws MillraceError, ProtocolError */
export const performUpdateTask = <K extends UpdateTaskKind>(kind: K, task: UpdateTask<K>): UpdateReply<K> =>
  handlers[kind](task);
