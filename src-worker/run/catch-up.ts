import { assertNever } from '#protocol/assert-never.ts';
import { errorCode, errorMessage, ProtocolError } from '#protocol/errors.ts';
import type { BlobHash, Hotkey, StateRoot } from '#protocol/ids.ts';
import { type CheckpointPointer, MAX_MANIFEST_BYTES, openManifest } from '#protocol/round/manifest.ts';
import { loadCheckpoint } from '../checkpoint/load-checkpoint.ts';
import { type FetchedManifest, type LinkedManifest, ManifestChain } from './manifest-chain.ts';
import type { Run } from './open-run.ts';
import { applyManifest, type ReplicaState, type SyncPorts, type UpdateSources } from './replica.ts';
import { type StartingPoint, startingPoints } from './starting-points.ts';

export type SyncOutcome =
  | {
      readonly kind: 'advanced';
      readonly state: ReplicaState;
      /** All that were read on the way, the oldest first: also those for which a checkpoint stood in. */
      readonly manifests: readonly LinkedManifest[];
    }
  /** Something is gone everywhere, and no checkpoint stands in for it yet, or the target lies behind. `state` is as far as it went. */
  | {
      readonly kind: 'incomplete';
      readonly state: ReplicaState;
      /** `null` when it is not known how far the target is. */
      readonly stepsBehind: number | null;
      readonly problem: string;
    }
  /** The outer step gave another state than the manifest says: bad memory, a bug, or a lying validator. */
  | {
      readonly kind: 'diverged';
      readonly round: number;
      readonly expectedRoot: StateRoot;
      readonly actualRoot: StateRoot;
    };

export interface SyncOptions extends UpdateSources {
  /** Whom to ask for a checkpoint, by its index, in place of `from`. */
  readonly checkpointFrom?: (index: BlobHash) => readonly string[];
  /**
   * A target that is signed by anyone else is refused; `null`: most of the stake stands behind it, whoever signed. What it follows is
   * known by its hash, whoever validated then.
   */
  readonly validators: ReadonlySet<Hotkey> | null;
  /** Manifests are read back to this round, as far as there are any: the verdict on it is wanted. */
  readonly backToRound?: number | undefined;
  readonly signal: AbortSignal;
  readonly onProgress?: (detail: string) => void;
  /** Told of every state that was reached and found right. */
  readonly onState?: (state: ReplicaState) => void;
}

/** In rounds between two checkpoints: how far before the start a verdict is looked for. */
const MAX_GAPS_BACK = 4;
/** What the owner can still read, and what a message to the parent may hold. */
const MAX_PROBLEM_LENGTH = 3000;

/**
 * Brings a state to the manifest `target`: from the own state if it is on the way and not far, else from the newest checkpoint
 * that can be had, over every round in between. Every state on the way has the root that a validator signed.
 * @throws MillraceError ABORTED, STORAGE; ProtocolError when the validator has signed what cannot be
 */
export async function syncReplica(
  run: Run,
  ports: SyncPorts,
  own: ReplicaState,
  target: BlobHash,
  options: SyncOptions,
): Promise<SyncOutcome> {
  const chain = new ManifestChain(target, (hash) => fetchManifest(run, ports, hash, target, options));
  const problems: string[] = [];
  let furthest = own;
  /** Step of the newest round that cannot be made. What begins before it is of no use. */
  let missing = 0;
  try {
    const newest = await chain.at(0);
    if (newest !== null && newest.manifest.step < own.step) {
      // Whoever signed it has not seen what came after: following it would throw away everybody's work since.
      const back = `The manifest of round ${newest.manifest.round} is of step ${newest.manifest.step}, and this computer is at step ${own.step} already.`;
      return { kind: 'incomplete', state: own, stepsBehind: null, problem: back };
    }
    for await (const point of startingPoints(chain, own, run.spec.checkpointEvery, () => missing)) {
      if (point.step < missing) continue;
      const start = await startAt(run, ports, own, point, chain, options);
      if (start.kind === 'gone') {
        problems.push(start.problem);
        continue;
      }
      const outcome = await replay(run, ports, start.state, chain.newest(point.manifests), options);
      if (outcome.kind === 'diverged') return outcome;
      if (outcome.kind === 'reached') {
        await readBackTo(chain, options.backToRound, point.manifests + MAX_GAPS_BACK * run.spec.checkpointEvery);
        return { kind: 'advanced', state: outcome.state, manifests: chain.newest(chain.links.length) };
      }
      problems.push(outcome.problem);
      missing = Math.max(missing, outcome.state.step + 1);
      if (outcome.state.step > furthest.step) furthest = outcome.state;
    }
    if (chain.isCut) problems.push(`No state to begin with within ${chain.links.length} manifests.`);
  } catch (error) {
    if (errorCode(error) !== 'BLOB_MISSING') throw error;
    const before = chain.links.at(-1)?.manifest.round;
    const which = before === undefined ? 'The newest manifest' : `The manifest before round ${before}`;
    problems.push(`${which} is gone. ${errorMessage(error)}`);
  }
  const newest = chain.links[0]?.manifest.step;
  const stepsBehind = newest === undefined ? null : newest - furthest.step;
  return { kind: 'incomplete', state: furthest, stepsBehind, problem: problems.join(' ').slice(0, MAX_PROBLEM_LENGTH) };
}

type Start =
  { readonly kind: 'ready'; readonly state: ReplicaState } | { readonly kind: 'gone'; readonly problem: string };

async function startAt(
  run: Run,
  ports: SyncPorts,
  own: ReplicaState,
  { from, step, manifests }: StartingPoint,
  chain: ManifestChain,
  options: SyncOptions,
): Promise<Start> {
  switch (from.kind) {
    case 'own':
      return { kind: 'ready', state: own };
    case 'checkpoint': {
      const { pointer } = from;
      const first = chain.links[manifests - 1]?.manifest;
      try {
        if (pointer.step !== step || pointer.stateRoot !== first?.baseRoot) {
          throw new ProtocolError(`The checkpoint of step ${pointer.step} is not where its manifests are`);
        }
        const state = await loadCheckpoint(run, ports.blobs, pointer, { ...options, from: sources(pointer, options) });
        options.onState?.(state);
        return { kind: 'ready', state };
      } catch (error) {
        // One that is false is as bad as one that is gone, and no reason not to take another.
        const isUnusable = errorCode(error) === 'BLOB_MISSING' || errorCode(error) === 'PROTOCOL';
        if (!isUnusable) throw error;
        return {
          kind: 'gone',
          problem: `The checkpoint of step ${pointer.step} cannot be had. ${errorMessage(error)}`,
        };
      }
    }
    default:
      return assertNever(from, 'start of a catch-up');
  }
}

const sources = ({ index }: CheckpointPointer, { from, checkpointFrom }: SyncOptions): readonly string[] =>
  index === null ? from : (checkpointFrom?.(index) ?? from);

type Replayed =
  | { readonly kind: 'reached'; readonly state: ReplicaState }
  | { readonly kind: 'gone'; readonly state: ReplicaState; readonly problem: string }
  | Extract<SyncOutcome, { kind: 'diverged' }>;

/** @param links in the order in which they are applied */
async function replay(
  run: Run,
  ports: SyncPorts,
  start: ReplicaState,
  links: readonly LinkedManifest[],
  options: SyncOptions,
): Promise<Replayed> {
  let state = start;
  for (const link of links) {
    const { round, baseRoot, step, stateRoot: expectedRoot } = link.manifest;
    options.onProgress?.(`applying round ${round}`);
    if (baseRoot !== state.root || step !== state.step + 1) {
      throw new ProtocolError(`Manifest of round ${round} starts from another state than the one before it left`);
    }
    let next: ReplicaState;
    try {
      next = await applyManifest(run, ports, state, link, options);
    } catch (error) {
      if (errorCode(error) !== 'BLOB_MISSING') throw error;
      return { kind: 'gone', state, problem: `Round ${round} cannot be made again. ${errorMessage(error)}` };
    }
    if (next.root !== expectedRoot) return { kind: 'diverged', round, expectedRoot, actualRoot: next.root };
    state = next;
    options.onState?.(state);
  }
  return { kind: 'reached', state };
}

/** Reads on for a verdict that is wanted, but not for ever, and through nothing that is false. */
async function readBackTo(chain: ManifestChain, round: number | undefined, mostLinks: number): Promise<void> {
  if (round === undefined) return;
  try {
    while ((chain.links.at(-1)?.manifest.round ?? round) > round && chain.links.length < mostLinks) {
      if ((await chain.at(chain.links.length)) === null) return;
    }
  } catch (error) {
    if (errorCode(error) !== 'BLOB_MISSING' && errorCode(error) !== 'PROTOCOL') throw error;
  }
}

async function fetchManifest(
  run: Run,
  { blobs }: SyncPorts,
  hash: BlobHash,
  target: BlobHash,
  { from, validators, signal }: SyncOptions,
): Promise<FetchedManifest> {
  const bytes = await blobs.get(hash, { from, maxBytes: MAX_MANIFEST_BYTES, signal });
  const { validator: signer, manifest } = openManifest(bytes);
  if (hash === target && validators?.has(signer) === false) {
    throw new ProtocolError(`Manifest ${hash} is signed by ${signer}, who is no validator`);
  }
  if (manifest.run !== run.id) throw new ProtocolError(`Manifest ${hash} belongs to another run`);
  return { manifest, signer, sizeBytes: bytes.length };
}
