import * as v from 'valibot';
import { check, type OpenedEnvelope, openEnvelope, sealEnvelope } from '../envelope.ts';
import { ProtocolError } from '../errors.ts';
import type { BlobHash, Hotkey, RunId, StateRoot } from '../ids.ts';
import type { KeyPair } from '../keys.ts';
import { blobHashSchema, hotkeySchema, runIdSchema, stateRootSchema, uint32Schema } from '../schemas.ts';

/** A validator's verdict on a round: which updates make the next state, and what each worker's was worth. */
export interface Manifest {
  readonly run: RunId;
  readonly round: number;
  /** Outer steps applied after this one: the previous manifest's plus one. */
  readonly step: number;
  /** Blob of the manifest before; `null` for the first. */
  readonly previous: BlobHash | null;
  readonly baseRoot: StateRoot;
  readonly stateRoot: StateRoot;
  /** In the order of the outer step. */
  readonly entries: readonly ManifestEntry[];
  /** Whose updates would have been merged, had there been more places (places.ts). */
  readonly left: readonly LeftOut[];
  readonly results: readonly WorkerResult[];
  /** Hold-out loss of the new state, nats per token. */
  readonly evalLoss: number;
  /** The newest state that can be fetched whole. */
  readonly checkpoint: CheckpointPointer;
}

interface ManifestEntry {
  readonly hotkey: Hotkey;
  readonly blob: BlobHash;
  /** The state that the update starts from: the manifest's, or one of a few steps before. */
  readonly baseRoot: StateRoot;
  /** Relative, in the outer step's mean: see merge-weight.ts. */
  readonly weight: number;
}

interface LeftOut {
  readonly hotkey: Hotkey;
  /** Whether it would have merged at less than the weight of a trusted worker's update of its age. */
  readonly isNewcomer: boolean;
}

interface WorkerResult {
  readonly hotkey: Hotkey;
  /** 0…100: what its updates are worth lately. */
  readonly score: number;
  /** 0…100: what it has earned over weeks. */
  readonly reputation: number;
  /** For the owner, in the signer's words: what moved them. Whoever shows it says whose words they are. */
  readonly reason: string;
}

export interface CheckpointPointer {
  readonly step: number;
  readonly stateRoot: StateRoot;
  /** Manifest whose outer step gave this state; `null` for the initial state. */
  readonly manifest: BlobHash | null;
  /** Blob of its index (checkpoint/checkpoint-index.ts); `null`: the initial weights, which everyone can make. */
  readonly index: BlobHash | null;
}

/** 2: `left`, and reasons of printable characters alone. */
const DOMAIN = 'millrace/manifest/2';
const OLD_DOMAIN = 'millrace/manifest/1';
export const MAX_MANIFEST_BYTES = 1024 * 1024;
/** Peers whose updates merge in one round (the reference caps at 20). */
export const MAX_MANIFEST_ENTRIES = 256;
/** With as many of the longest reasons, and all entries, a manifest is below `MAX_MANIFEST_BYTES`. */
export const MAX_MANIFEST_RESULTS = 2048;
/** More good updates in a round than have a place. What is beyond is not named. */
export const MAX_MANIFEST_LEFT = 1024;
/** A reason is a stranger's words: what would change how the rest of a line, screen or log reads is in none. */
const MAX_REASON_LENGTH = 300;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

const schema = v.strictObject({
  run: runIdSchema,
  round: uint32Schema,
  step: uint32Schema,
  previous: v.nullable(blobHashSchema),
  baseRoot: stateRootSchema,
  stateRoot: stateRootSchema,
  entries: v.pipe(
    v.array(
      v.strictObject({
        ...{ hotkey: hotkeySchema, blob: blobHashSchema, baseRoot: stateRootSchema },
        weight: v.pipe(uint32Schema, v.minValue(1)),
      }),
    ),
    v.maxLength(MAX_MANIFEST_ENTRIES),
  ),
  left: v.pipe(
    v.array(v.strictObject({ hotkey: hotkeySchema, isNewcomer: v.boolean() })),
    v.maxLength(MAX_MANIFEST_LEFT),
  ),
  results: v.pipe(
    v.array(
      v.strictObject({
        hotkey: hotkeySchema,
        score: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
        reputation: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
        reason: v.pipe(
          v.string(),
          v.maxLength(MAX_REASON_LENGTH),
          v.check((reason) => !UNPRINTABLE.test(reason), 'characters that cannot be printed'),
        ),
      }),
    ),
    v.maxLength(MAX_MANIFEST_RESULTS),
  ),
  evalLoss: v.pipe(v.number(), v.finite()),
  checkpoint: v.pipe(
    v.strictObject({
      step: uint32Schema,
      stateRoot: stateRootSchema,
      manifest: v.nullable(blobHashSchema),
      index: v.nullable(blobHashSchema),
    }),
    v.check(
      ({ step, manifest, index }) => (step === 0) === (manifest === null) && (step === 0) === (index === null),
      'the initial weights, and nothing else, have step 0 and neither manifest nor index',
    ),
  ),
});

export const sealManifest = (manifest: Manifest, validator: KeyPair): Uint8Array =>
  sealEnvelope(DOMAIN, manifest, validator);

/** Opens a manifest and checks its signer. @throws ProtocolError */
export function openManifest(bytes: Uint8Array): { readonly validator: Hotkey; readonly manifest: Manifest } {
  let opened: OpenedEnvelope;
  try {
    opened = openEnvelope(DOMAIN, bytes, MAX_MANIFEST_BYTES);
  } catch (error) {
    throw isOfVersion1(bytes) ? new ProtocolError('Manifest has version 1, this program reads 2') : error;
  }
  return { validator: opened.signer, manifest: check(schema, opened.payload, 'Manifest') };
}

function isOfVersion1(bytes: Uint8Array): boolean {
  try {
    openEnvelope(OLD_DOMAIN, bytes, MAX_MANIFEST_BYTES);
    return true;
  } catch {
    return false; // the first error says what it is
  }
}
