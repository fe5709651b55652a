import { checkpointBytes, decodeCheckpoint } from '#protocol/checkpoint.ts';
import { assertNever } from '#protocol/assert-never.ts';
import { errorMessage, ProtocolError } from '#protocol/errors.ts';
import type { BlobHash, Hotkey, StateRoot } from '#protocol/ids.ts';
import { type GlobalState, initialGlobalState, stateTensors } from '#protocol/global-state.ts';
import { outerRuleAt } from '#protocol/outer-rule.ts';
import { type CheckpointPointer, type Manifest, MAX_MANIFEST_BYTES, openManifest } from '#protocol/round/manifest.ts';
import { rootOf, stateRoot, stateTreeAside } from '#protocol/state-root.ts';
import { maxUpdateBytes } from '#protocol/update/update-blob.ts';
import { ONLY_SHARD } from '#protocol/update/update-header.ts';
import type { UpdateCodec, WeightedUpdate } from '../update/update-codec.ts';
import type { BlobSource } from './blob-source.ts';
import { findManifestPath, type LinkedManifest } from './manifest-path.ts';
import { nativeSha256 } from './native-sha256.ts';
import type { Run } from './open-run.ts';

/** The global model as this process has it: always the verified result of a manifest (or the initial weights). */
export interface ReplicaState extends GlobalState {
  /** Outer steps applied so far. */
  readonly step: number;
  /** Manifest that led here; `null` for the initial weights. */
  readonly manifest: BlobHash | null;
  readonly root: StateRoot;
}

export type SyncOutcome =
  | { readonly kind: 'advanced'; readonly state: ReplicaState; readonly applied: readonly LinkedManifest[] }
  /** The outer step gave another state than the manifest says: bad memory, a bug, or a lying validator. */
  | {
      readonly kind: 'diverged';
      readonly round: number;
      readonly expectedRoot: StateRoot;
      readonly actualRoot: StateRoot;
    };

/** What following manifests needs. */
export interface SyncPorts {
  readonly blobs: BlobSource;
  readonly updates: UpdateCodec;
}

export interface SyncOptions {
  /** Multiaddrs to fetch from. */
  readonly from: readonly string[];
  /** Manifests signed by anyone else are refused. */
  readonly validators: ReadonlySet<Hotkey>;
  readonly signal: AbortSignal;
  readonly onProgress?: (detail: string) => void;
}

export function initialState(run: Run): ReplicaState {
  const state = initialGlobalState(run.spec);
  return { step: 0, manifest: null, root: stateRoot(stateTensors(state), nativeSha256), ...state };
}

/** The state after one more outer step, and its root. */
export async function nextGlobalState(
  run: Run,
  codec: UpdateCodec,
  state: ReplicaState,
  updates: readonly WeightedUpdate[],
): Promise<GlobalState & Pick<ReplicaState, 'root'>> {
  const next = await codec.step(run.spec, outerRuleAt(run.spec.outer, state.step), state, updates);
  return { ...next, root: await globalStateRoot(next) };
}

const globalStateRoot = async (state: GlobalState): Promise<StateRoot> =>
  rootOf(await stateTreeAside(stateTensors(state)));

/**
 * Brings a state to the manifest `target`: applies what is missing, from the nearest checkpoint if the own state is not on the way.
 * @throws MillraceError BLOB_MISSING, ABORTED, ProtocolError
 */
export async function syncReplica(
  run: Run,
  ports: SyncPorts,
  own: ReplicaState,
  target: BlobHash,
  options: SyncOptions,
): Promise<SyncOutcome> {
  const path = await findManifestPath(target, own.manifest, (hash) => fetchManifest(run, ports.blobs, hash, options));
  let state = own;
  switch (path.start.kind) {
    case 'own':
      break;
    case 'checkpoint':
      options.onProgress?.(`loading the checkpoint of step ${path.start.checkpoint.step}`);
      state = await loadCheckpoint(run, ports.blobs, path.start.checkpoint, options);
      break;
    default:
      assertNever(path.start, 'start of a manifest path');
  }
  for (const link of path.manifests) {
    options.onProgress?.(`applying round ${link.manifest.round}`);
    if (link.manifest.baseRoot !== state.root || link.manifest.step !== state.step + 1) {
      throw new ProtocolError(
        `Manifest of round ${link.manifest.round} starts from another state than the one before it left`,
      );
    }
    const next = await applyManifest(run, ports, state, link, options);
    if (next.root !== link.manifest.stateRoot) {
      const { round, stateRoot: expectedRoot } = link.manifest;
      return { kind: 'diverged', round, expectedRoot, actualRoot: next.root };
    }
    state = next;
  }
  return { kind: 'advanced', state, applied: path.manifests };
}

async function fetchManifest(run: Run, blobs: BlobSource, hash: BlobHash, options: SyncOptions): Promise<Manifest> {
  const bytes = await blobs.get(hash, { from: options.from, maxBytes: MAX_MANIFEST_BYTES, signal: options.signal });
  const { validator, manifest } = openManifest(bytes);
  if (!options.validators.has(validator))
    throw new ProtocolError(`Manifest ${hash} is signed by ${validator}, who is no validator`);
  if (manifest.run !== run.id) throw new ProtocolError(`Manifest ${hash} belongs to another run`);
  return manifest;
}

async function loadCheckpoint(
  run: Run,
  blobs: BlobSource,
  checkpoint: CheckpointPointer,
  { from, signal }: SyncOptions,
): Promise<ReplicaState> {
  if (checkpoint.blob === null) return initialState(run);
  const bytes = await blobs.get(checkpoint.blob, { from, maxBytes: checkpointBytes(run.spec), signal });
  const state = decodeCheckpoint(run.spec, bytes);
  const root = await globalStateRoot(state);
  if (root !== checkpoint.stateRoot) {
    throw new ProtocolError(
      `The checkpoint of step ${checkpoint.step} has root ${root}, its manifest says ${checkpoint.stateRoot}`,
    );
  }
  return { step: checkpoint.step, manifest: checkpoint.manifest, root, ...state };
}

async function applyManifest(
  run: Run,
  { blobs, updates }: SyncPorts,
  state: ReplicaState,
  { hash, manifest }: LinkedManifest,
  { from, signal }: SyncOptions,
): Promise<ReplicaState> {
  const target = { run: run.id, round: manifest.round, shard: ONLY_SHARD, baseRoot: manifest.baseRoot };
  const merged: WeightedUpdate[] = [];
  for (const entry of manifest.entries) {
    const blob = await blobs.get(entry.blob, { from, maxBytes: maxUpdateBytes(run.spec), signal });
    try {
      merged.push({ update: await updates.check(run.spec, target, blob), weight: entry.weight });
    } catch (cause) {
      // Anything else is about this machine, e.g. a thread that has ended, and not the peer's doing.
      if (!(cause instanceof ProtocolError)) throw cause;
      const message = `The manifest of round ${manifest.round} merges an update of ${entry.hotkey} that is not valid`;
      throw new ProtocolError(`${message}: ${errorMessage(cause)}`, { cause });
    }
  }
  const next = await nextGlobalState(run, updates, state, merged);
  return { step: manifest.step, manifest: hash, ...next };
}
