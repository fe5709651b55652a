import type { OuterRule } from '#protocol/outer-rule.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import type { StatePart } from '#protocol/outer-step-part.ts';
import { checkDifference } from '#protocol/update/compress.ts';
import { PartEncoder } from '#protocol/update/part-encoder.ts';
import { giveBackPart } from '#protocol/update/give-back.ts';
import { MAX_LEVEL } from '#protocol/update/quantiser.ts';
import { createPlainTools } from '#protocol/update/part-tools.ts';
import { longestPartLength } from '#protocol/update/parts.ts';
import { namingPart } from '#protocol/update/naming-part.ts';
import { createSimdStepper, type StepPart } from './wasm/simd-stepper.ts';
import { createSimdTools, type SimdTools } from './wasm/simd-tools.ts';
import { type SentPart, stepPart, verifyPart } from './step-part.ts';

type UpdateSpec = RunSpec['update'];

/** Work on one part of an update, each independent of all others, so that any thread may do it. */
interface UpdateTasks {
  readonly check: {
    readonly ask: { readonly spec: UpdateSpec; readonly difference: Float32Array; readonly tensor: number };
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
  /** The outer step of some parts of a tensor. Arrays that do not lie in shared memory move to the thread and back. */
  readonly step: {
    readonly ask: StatePart & {
      readonly spec: UpdateSpec;
      readonly rule: OuterRule;
      /** Where each lies in the arrays. */
      readonly parts: readonly { readonly index: number; readonly start: number; readonly length: number }[];
      /** For each part what each peer sent, one after the other. */
      readonly bytes: Uint8Array;
      /** Bytes of each part and peer. */
      readonly sizes: readonly (readonly number[])[];
      readonly peers: readonly Omit<SentPart, 'bytes'>[];
    };
    readonly reply: StatePart;
  };
}

export type UpdateTaskKind = keyof UpdateTasks;
export type UpdateTask<K extends UpdateTaskKind> = UpdateTasks[K]['ask'];
export type UpdateReply<K extends UpdateTaskKind> = UpdateTasks[K]['reply'];

interface Tools {
  readonly key: string;
  readonly encoder: PartEncoder;
  /** `null` where the engine has no SIMD. */
  readonly simd: SimdTools | null;
}

/** The last ones stay for the next part: their scratch memory is made once for a run. */
let tools: Tools | null = null;

function toolsFor(spec: UpdateSpec): Tools {
  const key = JSON.stringify(spec);
  if (tools?.key === key) return tools;
  const longest = longestPartLength(spec);
  const simd = createSimdTools(spec, longest);
  tools = { key, simd, encoder: new PartEncoder(spec, longest, simd ?? createPlainTools(spec, longest)) };
  return tools;
}

/** Made when it is needed: a worker that only encodes needs none. */
let stepper: StepPart | null = null;

const handlers: { readonly [K in UpdateTaskKind]: (task: UpdateTask<K>) => UpdateReply<K> } = {
  check: ({ spec, difference, tensor }) => {
    // The plain check says what is wrong.
    if (toolsFor(spec).simd?.selector.allWithin(difference, MAX_LEVEL) !== true) checkDifference(difference, tensor);
    return null;
  },
  encode: ({ spec, difference, error }) => toolsFor(spec).encoder.encode(difference, error),
  giveBack: ({ spec, bytes, error }) => {
    giveBackPart(spec, bytes, error);
    return null;
  },
  verify: ({ spec, index, length, bytes }) => {
    namingPart(index, () => verifyPart(spec, bytes, length));
    return null;
  },
  step: ({ spec, rule, parts, bytes, sizes, peers, parameter, momentum }) => {
    stepper ??= createSimdStepper() ?? stepPart;
    const step = stepper;
    let end = 0;
    const next = (size: number): Uint8Array => bytes.subarray(end, (end += size));
    for (const [i, { index, start, length }] of parts.entries()) {
      const sent = peers.map((peer, p) => ({ ...peer, bytes: next(sizes[i]?.[p] ?? 0) }));
      const values = (all: Float32Array): Float32Array => all.subarray(start, start + length);
      const state = { parameter: values(parameter), momentum: momentum === null ? null : values(momentum) };
      namingPart(index, () => step(spec, rule, state, sent));
    }
    return { parameter, momentum };
  },
};

/** Does the work, here and now. @throws MillraceError, ProtocolError */
export const performUpdateTask = <K extends UpdateTaskKind>(kind: K, task: UpdateTask<K>): UpdateReply<K> =>
  handlers[kind](task);

/** The memory that moves to the other thread with a task or a reply, so that nothing large is copied. */
export function movedWith(message: UpdateTask<UpdateTaskKind> | UpdateReply<UpdateTaskKind>): readonly ArrayBuffer[] {
  if (message === null) return [];
  const arrays = ArrayBuffer.isView(message)
    ? [message]
    : 'parameter' in message
      ? [message.parameter, message.momentum]
      : [];
  return arrays.flatMap((array) => (array?.buffer instanceof ArrayBuffer ? [array.buffer] : []));
}
