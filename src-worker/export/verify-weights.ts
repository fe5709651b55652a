import { join } from 'node:path';
import { ProtocolError } from '#protocol/errors.ts';
import { EXPORT_FILES } from '#protocol/export/folder.ts';
import { findDamage } from '#protocol/find-damage.ts';
import { parameterShapes } from '#protocol/model-shape.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { rootOf } from '#protocol/state-root.ts';
import { leafPlaces, type StateTree, treeOfLeaves } from '#protocol/state-tree.ts';
import { nativeSha256 } from '../run/native-sha256.ts';
import { readRegularFile } from '../weights/regular-file.ts';
import type { Listing } from './verify-folder.ts';
import type { SignedManifest } from './walk-back.ts';
import { stateFiles, stateSizes, type WeightsReading } from './weights-tree.ts';

const HASH_BYTES = 32;
const MAX_PLACES = 20;

/** What is wrong with the weights, measured by the root that a validator signed: first that they are, then where. */
export async function weightProblems(
  folder: string,
  { files }: Listing,
  spec: RunSpec,
  { tree, problems }: WeightsReading,
  { signer, manifest }: Omit<SignedManifest, 'bytes'>,
): Promise<readonly string[]> {
  if (tree === null) return problems;
  const signed = files.has(EXPORT_FILES.leaves) ? await readLeaves(folder, spec) : null;
  const isTrue = signed !== null && rootOf(signed) === manifest.stateRoot;
  const noHelp = isTrue
    ? []
    : [`${EXPORT_FILES.leaves} does not lead to the signed state root: it cannot tell what is wrong`];
  const root = rootOf(tree);
  if (root === manifest.stateRoot) return noHelp;
  const message = `The weights are not those that ${signer} signed for round ${manifest.round}: their state root is ${root} instead of ${manifest.stateRoot}`;
  return [message, ...(isTrue ? damagedTensors(spec, signed, tree) : noHelp)];
}

/** The tree that the export brought along. Its leaves are worth what its root is. `null`: there is none of this model. */
async function readLeaves(folder: string, spec: RunSpec): Promise<StateTree | null> {
  const sizes = stateSizes(spec);
  const length = HASH_BYTES * leafPlaces(sizes).length;
  try {
    const bytes = await readRegularFile(join(folder, EXPORT_FILES.leaves), length);
    if (bytes.length !== length) return null;
    const leaves = Array.from({ length: length / HASH_BYTES }, (_, index) =>
      bytes.subarray(HASH_BYTES * index, HASH_BYTES * (index + 1)),
    );
    return treeOfLeaves(sizes, leaves, nativeSha256);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

function damagedTensors(spec: RunSpec, expected: StateTree, actual: StateTree): readonly string[] {
  const shapes = parameterShapes(spec.model);
  const files = stateFiles(spec);
  const leavesOf = new Map<number, number[]>();
  for (const { tensor, leaf } of findDamage(expected, actual)) {
    leavesOf.set(tensor, [...(leavesOf.get(tensor) ?? []), leaf]);
  }
  const words = [...leavesOf].map(([tensor, leaves]) => {
    const file = files[Math.floor(tensor / shapes.length)] ?? '';
    const name = shapes[tensor % shapes.length]?.name ?? '';
    const places = `MiB ${leaves.slice(0, MAX_PLACES).join(', ')}${leaves.length > MAX_PLACES ? ', …' : ''}`;
    return `${file}: tensor ${name} is damaged (${places} of its values, counted from 0)`;
  });
  const more = words.length - MAX_PLACES;
  return more > 0 ? [...words.slice(0, MAX_PLACES), `and ${more} more tensors`] : words;
}
