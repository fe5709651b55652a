import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage, ProtocolError } from '#protocol/errors.ts';
import { EXPORT_FILES } from '#protocol/export/folder.ts';
import { hasMomentum } from '#protocol/global-state.ts';
import { elementCount, parameterCount, parameterShapes, type ParameterShape } from '#protocol/model-shape.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { createStateTreeBuilder, type StateTree, type StateTreeBuilder } from '#protocol/state-tree.ts';
import { nativeSha256 } from '../run/native-sha256.ts';
import { openSafetensors } from '../weights/safetensors-file.ts';
import { type FileDigest, streamFile } from './stream-file.ts';

/** How often a long reading says how far it is. */
const PROGRESS_BYTES = 2 ** 30;
const MAX_PROBLEMS = 20;

export interface WeightsReading {
  /** The tree of the state that the files hold; `null` when they cannot be it, as `problems` say. */
  readonly tree: StateTree | null;
  readonly digests: ReadonlyMap<string, FileDigest>;
  readonly problems: readonly string[];
}

export interface ReadWeightsOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: ((detail: string) => void) | undefined;
}

/** The files that hold the state of a run, in the order of its root. */
export const stateFiles = (spec: RunSpec): readonly string[] => [
  EXPORT_FILES.weights,
  ...(hasMomentum(spec) ? [EXPORT_FILES.momentum] : []),
];

/** Values of each tensor of the state, in the order of its root. */
export function stateSizes(spec: RunSpec): readonly number[] {
  const sizes = parameterShapes(spec.model).map(({ shape }) => elementCount(shape));
  return hasMomentum(spec) ? [...sizes, ...sizes] : sizes;
}

/**
 * Reads each weights file once, from begin to end, for its own hash and for the tree of the state. What it holds in memory does
 * not grow with the model, but for 32 bytes a MiB.
 */
export async function readWeights(folder: string, spec: RunSpec, options: ReadWeightsOptions): Promise<WeightsReading> {
  const names = stateFiles(spec);
  const problems: string[] = [];
  for (const name of names) problems.push(...(await layoutProblems(join(folder, name), name, spec)));
  // Only now: its list of leaves is as long as the model, which the files were found to hold.
  const builder = problems.length === 0 ? createStateTreeBuilder(stateSizes(spec), nativeSha256) : null;
  const digests = new Map<string, FileDigest>();
  try {
    for (const name of names) digests.set(name, await readOne(join(folder, name), name, spec, builder, options));
    return { tree: builder?.finish() ?? null, digests, problems };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { tree: null, digests, problems: ['The weights changed while they were read'] };
  }
}

async function readOne(
  path: string,
  name: string,
  spec: RunSpec,
  builder: StateTreeBuilder | null,
  { signal, onProgress }: ReadWeightsOptions,
): Promise<FileDigest> {
  // Behind the header, of which every byte belongs to a tensor.
  const dataStart = (await stat(path)).size - 4 * parameterCount(spec.model);
  let saidAt = 0;
  return streamFile(path, {
    signal,
    onPiece: (bytes, offset) => {
      builder?.push(bytes.subarray(Math.min(bytes.length, Math.max(0, dataStart - offset))));
      if (offset - saidAt < PROGRESS_BYTES) return;
      saidAt = offset;
      onProgress?.(`${name}: ${Math.round(offset / PROGRESS_BYTES)} GiB read`);
    },
  });
}

/** What keeps a file from holding the tensors of a run, all of them as float32, one behind the other in the order of the run. */
async function layoutProblems(path: string, name: string, { model }: RunSpec): Promise<readonly string[]> {
  try {
    const source = await openSafetensors(path);
    await source.close();
    const found = [...source.tensors.values()];
    const shapes = parameterShapes(model);
    const problems = shapes.flatMap((shape, index) => tensorProblem(name, shape, found[index]) ?? []);
    for (const extra of found.slice(shapes.length)) problems.push(`${name}: tensor ${extra.name} is none of the run`);
    return problems.slice(0, MAX_PROBLEMS);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return [`${name}: ${errorMessage(error)}`];
  }
}

function tensorProblem(
  file: string,
  { name, shape }: ParameterShape,
  found: { readonly name: string; readonly type: string; readonly shape: readonly number[] } | undefined,
): string | null {
  if (found === undefined) return `${file}: tensor ${name} is missing`;
  if (found.name !== name) return `${file}: tensor ${found.name} is where ${name} should be`;
  if (found.type !== 'F32') return `${file}: tensor ${name} is of type ${found.type} instead of F32`;
  if (found.shape.join() === shape.join()) return null;
  return `${file}: tensor ${name} has shape [${found.shape.join(', ')}] instead of [${shape.join(', ')}]`;
}
