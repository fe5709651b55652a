import * as v from 'valibot';
import { check } from '../envelope.ts';
import { MAX_RUN_SPEC_BYTES } from '../run-spec.ts';
import { MAX_MANIFEST_BYTES } from '../round/manifest.ts';
import { blobHashSchema, hotkeySchema, runIdSchema, stateRootSchema, uint32Schema } from '../schemas.ts';

/** An export folder, version 1: docs/FORMATS.md says what is in it. */
export const EXPORT_FILES = {
  config: 'config.json',
  tokenizer: 'tokenizer.json',
  tokenizerConfig: 'tokenizer_config.json',
  weights: 'model.safetensors',
  momentum: 'outer-momentum.safetensors',
  leaves: 'state-leaves.bin',
  runSpec: 'run.cbor',
  provenance: 'provenance.json',
} as const;
export const MANIFEST_FOLDER = 'manifests';

/** The manifest of a round. All ten digits, so that a listing has them in their order. */
export const manifestFile = (round: number): string => `${MANIFEST_FOLDER}/${round.toString().padStart(10, '0')}.cbor`;

/** Checkpoints come far more often than this; it bounds how many files a folder may have. */
export const MAX_EXPORTED_MANIFESTS = 10_000;
/** An entry of the list of files has about 150 bytes. */
export const MAX_PROVENANCE_BYTES = 4 * 1024 * 1024;
const MAX_JSON_BYTES = 40 * 1024 * 1024;

/** The largest that a file of an export may be before it is read at once; those that are streamed have none. */
export function largestBytes(name: string): number {
  switch (name) {
    case EXPORT_FILES.config:
    case EXPORT_FILES.tokenizer:
    case EXPORT_FILES.tokenizerConfig:
      return MAX_JSON_BYTES;
    case EXPORT_FILES.runSpec:
      return MAX_RUN_SPEC_BYTES;
    case EXPORT_FILES.provenance:
      return MAX_PROVENANCE_BYTES;
    case EXPORT_FILES.weights:
    case EXPORT_FILES.momentum:
    case EXPORT_FILES.leaves:
      return Number.MAX_SAFE_INTEGER;
    default:
      return MAX_MANIFEST_BYTES;
  }
}

/** All but the list itself. */
const FIXED_NAMES: ReadonlySet<string> = new Set(
  Object.values(EXPORT_FILES).filter((name) => name !== EXPORT_FILES.provenance),
);
const MANIFEST_NAME = new RegExp(`^${MANIFEST_FOLDER}/\\d{10}\\.cbor$`);

export const isManifestFile = (name: string): boolean => MANIFEST_NAME.test(name);
/** No other name is ever joined to a path: a list of files cannot lead out of its folder. */
export const isExportFile = (name: string): boolean => FIXED_NAMES.has(name) || isManifestFile(name);

const exportedFileSchema = v.strictObject({
  name: v.pipe(v.string(), v.maxLength(64), v.check(isExportFile, 'no name of a file of an export')),
  sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  sha256: blobHashSchema,
});

const words = (length: number) => v.pipe(v.string(), v.maxLength(length));

const provenanceSchema = v.strictObject({
  format: v.literal('millrace-export'),
  version: v.literal(1),
  run: v.strictObject({ id: runIdSchema, name: words(80) }),
  round: uint32Schema,
  /** Outer steps up to these weights. */
  step: uint32Schema,
  stateRoot: stateRootSchema,
  /** The manifest that these weights are the result of. */
  manifest: v.strictObject({ hash: blobHashSchema, signer: hotkeySchema }),
  /** Where the run was found. */
  chain: v.strictObject({ name: words(100), genesisHash: words(128) }),
  madeBy: words(100),
  madeAt: v.pipe(v.string(), v.maxLength(40), v.isoTimestamp()),
  files: v.pipe(
    v.array(exportedFileSchema),
    v.maxLength(MAX_EXPORTED_MANIFESTS + FIXED_NAMES.size),
    v.check((files) => new Set(files.map(({ name }) => name)).size === files.length, 'a file is named twice'),
  ),
});

export type ExportedFile = v.InferOutput<typeof exportedFileSchema>;
/** What `provenance.json` says. It is not signed: whoever reads it compares it with what is. */
export type Provenance = v.InferOutput<typeof provenanceSchema>;

/** @throws ProtocolError that names the field */
export const checkProvenance = (json: unknown): Provenance => check(provenanceSchema, json, EXPORT_FILES.provenance);
