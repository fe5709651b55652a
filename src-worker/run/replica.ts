import { errorMessage, ProtocolError } from '#protocol/errors.ts';
import { type GlobalState, initialGlobalState, stateTensors } from '#protocol/global-state.ts';
import type { BlobHash, Hotkey, StateRoot } from '#protocol/ids.ts';
import { outerRuleAt } from '#protocol/outer-rule.ts';
import type { Manifest } from '#protocol/round/manifest.ts';
import { rootOf, stateTreeAside } from '#protocol/state-root.ts';
import { maxUpdateBytes, openUpdateBlob } from '#protocol/update/update-blob.ts';
import { ONLY_SHARD } from '#protocol/update/update-header.ts';
import { mapAtMost } from '../update/map-at-most.ts';
import type { WeightedUpdate } from '../update/step-state.ts';
import type { UpdateCodec } from '../update/update-codec.ts';
import type { BlobSource } from './blob-source.ts';
import type { LinkedManifest } from './manifest-chain.ts';
import type { Run } from './open-run.ts';

/** The global model as this process has it: always the verified result of a manifest (or the initial weights). */
export interface ReplicaState extends GlobalState {
  /** Outer steps applied so far. */
  readonly step: number;
  /** Manifest that led here; `null` for the initial weights. */
  readonly manifest: BlobHash | null;
  readonly root: StateRoot;
}

/** What following manifests needs. */
export interface SyncPorts {
  readonly blobs: BlobSource;
  readonly updates: UpdateCodec;
}

/** Where to fetch from. */
export interface UpdateSources {
  /** Multiaddrs. */
  readonly from: readonly string[];
  /** Whom to ask for an update, by who made it, in place of `from`. */
  readonly updateFrom?: ((maker: Hotkey) => readonly string[]) | undefined;
  /** Who fetches: begins with the update after its own, so that not everyone asks the same maker at the same time. */
  readonly own?: Hotkey | undefined;
}

/** Most updates come from makers of their own: one that is slow or gone must not hold up the others. */
const FETCHES_AT_ONCE = 8;

export async function initialState(run: Run): Promise<ReplicaState> {
  const state = initialGlobalState(run.spec);
  return { step: 0, manifest: null, root: await globalStateRoot(state), ...state };
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

export const globalStateRoot = async (state: GlobalState): Promise<StateRoot> =>
  rootOf(await stateTreeAside(stateTensors(state)));

/**
 * The state after the outer step of a manifest that starts from `state`. Whether it is the one that was signed is the caller's
 * business.
 * @throws MillraceError BLOB_MISSING; ProtocolError when the manifest merges what is no update
 */
export async function applyManifest(
  run: Run,
  { blobs, updates }: SyncPorts,
  state: ReplicaState,
  { hash, manifest }: Pick<LinkedManifest, 'hash' | 'manifest'>,
  { from, updateFrom, own, signal }: UpdateSources & { readonly signal: AbortSignal },
): Promise<ReplicaState> {
  const begin = manifest.entries.findIndex(({ hotkey }) => hotkey === own) + 1;
  const inTurn = [...manifest.entries.slice(begin), ...manifest.entries.slice(0, begin)];
  const fetched = await mapAtMost(FETCHES_AT_ONCE, inTurn, async (entry): Promise<WeightedUpdate> => {
    const sources = updateFrom?.(entry.hotkey) ?? from;
    const blob = await blobs.get(entry.blob, { from: sources, maxBytes: maxUpdateBytes(run.spec), signal });
    const { hotkey: maker, baseRoot } = entry;
    const target = { run: run.id, round: manifest.round, shard: ONLY_SHARD, baseRoot, maker };
    try {
      return { update: openUpdateBlob(run.spec, target, blob), weight: entry.weight, from: entry.hotkey };
    } catch (cause) {
      throw blaming(manifest, `Update of ${entry.hotkey}: ${errorMessage(cause)}`, cause);
    }
  });
  const merged = [...fetched.slice(fetched.length - begin), ...fetched.slice(0, fetched.length - begin)];
  try {
    const next = await nextGlobalState(run, updates, state, merged);
    return { step: manifest.step, manifest: hash, ...next };
  } catch (cause) {
    throw blaming(manifest, errorMessage(cause), cause);
  }
}

/** @param what says whose update it is and what is wrong with it */
function blaming({ round }: Manifest, what: string, cause: unknown): unknown {
  // Anything else is about this machine, e.g. a thread that has ended, and no peer's doing.
  if (!(cause instanceof ProtocolError)) return cause;
  return new ProtocolError(`The manifest of round ${round} merges an update that is not valid: ${what}`, { cause });
}
