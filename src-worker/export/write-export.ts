import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { concatBytes, utf8 } from '#protocol/bytes.ts';
import { MillraceError } from '#protocol/errors.ts';
import {
  EXPORT_FILES,
  type ExportedFile,
  MANIFEST_FOLDER,
  manifestFile,
  type Provenance,
} from '#protocol/export/folder.ts';
import type { ChainInfo } from '#protocol/chain/chain-client.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { parameterShapes } from '#protocol/model-shape.ts';
import { rootOf } from '#protocol/state-root.ts';
import { writeModelConfig } from '../model/hugging-face-writer.ts';
import type { Run } from '../run/open-run.ts';
import type { ReplicaState } from '../run/replica.ts';
import { byteTokenizerConfig, byteTokenizerJson } from '../tokenizer/byte-tokenizer-files.ts';
import { replaceFile, syncFolder } from '../weights/replace-file.ts';
import { writeSafetensors } from '../weights/write-safetensors.ts';
import { streamFile } from './stream-file.ts';
import type { SignedManifest } from './walk-back.ts';
import { readWeights, stateFiles } from './weights-tree.ts';

export interface ExportSource {
  readonly run: Run;
  /** The blob whose hash names the run. */
  readonly runSpecBytes: Uint8Array;
  readonly state: Pick<ReplicaState, 'parameters' | 'momentum' | 'root'>;
  /** Whose outer step gave this state. */
  readonly target: SignedManifest;
  /** Those to go along, the target's among them. */
  readonly manifests: AsyncIterable<SignedManifest>;
  readonly chain: Pick<ChainInfo, 'name' | 'genesisHash'>;
  readonly madeBy: string;
  readonly nowMs: number;
}

export interface WriteExportOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (detail: string) => void;
}

/**
 * Writes an export folder (docs/FORMATS.md) into `folder`, which must be empty. The weights are read back from the disk: what
 * verifies in memory and not there is no export.
 */
export async function writeExport(
  folder: string,
  source: ExportSource,
  { signal, onProgress }: WriteExportOptions,
): Promise<Provenance> {
  const { run, state, target } = source;
  const { model } = run.spec;
  const written: string[] = [];
  const write = async (name: string, bytes: Uint8Array): Promise<void> => {
    await replaceFile(join(folder, name), (handle) => handle.writeFile(bytes));
    written.push(name);
  };
  onProgress?.('Writing the weights');
  for (const [index, name] of stateFiles(run.spec).entries()) {
    const values = index === 0 ? state.parameters : state.momentum;
    const tensors = parameterShapes(model).map(({ name: tensor, shape }, place) => {
      return { name: tensor, shape, values: () => values[place] ?? new Float32Array(0) };
    });
    await writeSafetensors(join(folder, name), tensors, { type: 'F32', signal });
  }
  await write(EXPORT_FILES.config, json(writeModelConfig(model, 'float32')));
  await write(EXPORT_FILES.tokenizer, json(byteTokenizerJson(model.vocabSize)));
  await write(EXPORT_FILES.tokenizerConfig, json(byteTokenizerConfig(model.sequenceLength)));
  await write(EXPORT_FILES.runSpec, source.runSpecBytes);
  await mkdir(join(folder, MANIFEST_FOLDER));
  for await (const { manifest, bytes } of source.manifests) {
    signal.throwIfAborted();
    await write(manifestFile(manifest.round), bytes);
  }
  await syncFolder(join(folder, MANIFEST_FOLDER));

  onProgress?.('Reading the weights back');
  const { tree, digests, problems } = await readWeights(folder, run.spec, { signal, onProgress });
  if (tree === null || rootOf(tree) !== state.root) {
    const why = problems[0] ?? 'their state root is another one';
    throw new MillraceError('STORAGE', `The weights on the disk are not those that were written: ${why}`);
  }
  await write(EXPORT_FILES.leaves, concatBytes(...(tree.levels[0] ?? [])));

  const files: ExportedFile[] = [...digests].map(([name, { sizeBytes, sha256 }]) => fileOf(name, sizeBytes, sha256));
  for (const name of written) {
    const { sizeBytes, sha256 } = await streamFile(join(folder, name), { signal });
    files.push(fileOf(name, sizeBytes, sha256));
  }
  const provenance: Provenance = {
    format: 'millrace-export',
    version: 1,
    run: { id: run.id, name: run.spec.name },
    round: target.manifest.round,
    step: target.manifest.step,
    stateRoot: state.root,
    manifest: { hash: target.hash, signer: target.signer },
    chain: { name: source.chain.name.slice(0, 100), genesisHash: source.chain.genesisHash },
    madeBy: source.madeBy,
    madeAt: new Date(source.nowMs).toISOString(),
    files: files.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
  await write(EXPORT_FILES.provenance, json(provenance));
  await syncFolder(folder);
  return provenance;
}

const fileOf = (name: string, sizeBytes: number, sha256: string): ExportedFile => {
  return { name, sizeBytes, sha256: sha256 as BlobHash };
};

const json = (value: unknown): Uint8Array => utf8(`${JSON.stringify(value, null, 2)}\n`);
