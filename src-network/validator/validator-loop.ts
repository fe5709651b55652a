import { encodeCheckpoint } from '#protocol/checkpoint.ts';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import { hotkeyOf, type KeyPair } from '#protocol/keys.ts';
import { deadlineBlock, endBlock, firstBlock, roundOf } from '#protocol/round/clock.ts';
import { type CheckpointPointer, type Manifest, openManifest, sealManifest } from '#protocol/round/manifest.ts';
import type { ManifestSummary } from '#protocol/worker-messages.ts';
import type { Evaluator } from '#worker/engine/evaluator.ts';
import type { BlobSource } from '#worker/run/blob-source.ts';
import type { BlockClock } from '#worker/run/block-clock.ts';
import type { DataPages } from '#worker/run/data-pages.ts';
import type { Run } from '#worker/run/open-run.ts';
import { publishCommitment } from '#worker/run/publish-commitment.ts';
import { initialState, nextGlobalState, type ReplicaState, syncReplica } from '#worker/run/replica.ts';
import { readRoster, type Roster, sourcesOf, validatorHotkeys } from '#worker/run/roster.ts';
import type { UpdateCodec } from '#worker/update/update-codec.ts';
import { evaluateUpdate, progressLoss } from './evaluate.ts';
import { createGather, type Gather, type GatheredUpdate } from './gather.ts';
import { chainWeights, type Evaluation, type Rating, rateUpdates } from './score.ts';

export interface ValidatorPorts {
  readonly chain: ChainClient;
  readonly clock: BlockClock;
  readonly netuid: number;
  readonly hotkey: KeyPair;
  readonly blobs: BlobSource;
  readonly pages: DataPages;
  readonly evaluator: Evaluator;
  readonly updates: UpdateCodec;
  readonly address: () => string;
  readonly putBlob: (bytes: Uint8Array) => Promise<BlobHash>;
  /** Where announcements go from now on; `null`: nowhere. */
  readonly openGate: (gather: Gather | null) => void;
  readonly onManifest: (summary: ManifestSummary) => void;
  /** After each manifest: blobs used before step `oldest` may go. */
  readonly onStep: (step: number, oldest: number) => void;
  readonly log: (level: 'info' | 'warning', message: string) => void;
}

interface ValidatorLoop {
  /** Specification that this validator publishes as the subnet's owner; `null` when it only validates. */
  readonly runSpec: BlobHash | null;
  replica: ReplicaState;
  /** Scores 0…100 by hotkey. */
  scores: ReadonlyMap<Hotkey, number>;
  checkpoint: CheckpointPointer;
  /** Step of the checkpoint before, 0 until this process has made two: what is older can no longer be asked for. */
  olderCheckpointStep: number;
}

/** Gathers, judges and publishes round after round until `signal` aborts. */
export async function runValidator(
  ports: ValidatorPorts,
  run: Run,
  runSpec: BlobHash | null,
  signal: AbortSignal,
): Promise<void> {
  const replica = initialState(run);
  const loop: ValidatorLoop = {
    ...{ runSpec, replica, scores: new Map(), olderCheckpointStep: 0 },
    checkpoint: { step: 0, stateRoot: replica.root, manifest: null, blob: null },
  };
  let nextBlock = 0;
  for (;;) {
    try {
      const block = await ports.clock.waitFor(nextBlock, signal);
      const roster = await readRoster(ports.chain, ports.netuid, signal);
      await resume(ports, run, loop, roster, signal);
      const round = roundOf(block.number, run.spec.round);
      nextBlock = endBlock(round, run.spec.round);
      if (block.number < deadlineBlock(round, run.spec.round)) await holdRound(ports, run, loop, round, roster, signal);
    } catch (error) {
      if (signal.aborted) return; // the only way out; every wait above ends when it fires
      if (errorCode(error) === 'DIVERGED' || errorCode(error) === 'ENGINE') throw error;
      ports.log('warning', errorMessage(error));
      nextBlock = (ports.clock.current()?.number ?? 0) + 1;
    } finally {
      ports.openGate(null);
    }
  }
}

/** Takes up what the chain says was this validator's last word: after a restart, or a commitment whose inclusion was not seen. */
async function resume(
  ports: ValidatorPorts,
  run: Run,
  loop: ValidatorLoop,
  roster: Roster,
  signal: AbortSignal,
): Promise<void> {
  const own = hotkeyOf(ports.hotkey);
  const pointer = roster.members.find(({ neuron }) => neuron.hotkey === own)?.commitment.manifest ?? null;
  if (pointer === null || pointer.hash === loop.replica.manifest) return;
  const outcome = await syncReplica(run, ports, loop.replica, pointer.hash, {
    from: sourcesOf(roster, own),
    validators: validatorHotkeys(roster),
    signal,
  });
  if (outcome.kind === 'diverged') {
    throw new MillraceError(
      'DIVERGED',
      `Round ${outcome.round} recomputed gives another state than this validator signed`,
    );
  }
  loop.replica = outcome.state;
  const newest = outcome.applied.at(-1)?.manifest;
  if (newest !== undefined) {
    loop.scores = new Map(newest.results.map(({ hotkey, score }) => [hotkey, score]));
    loop.checkpoint = newest.checkpoint;
  }
  ports.log('info', `Goes on after round ${pointer.round} (step ${loop.replica.step})`);
}

async function holdRound(
  ports: ValidatorPorts,
  run: Run,
  loop: ValidatorLoop,
  round: number,
  roster: Roster,
  signal: AbortSignal,
): Promise<void> {
  const timing = run.spec.round;
  const registered = new Set(roster.members.map(({ neuron }) => neuron.hotkey));
  const gather = createGather(
    {
      ...{ blobs: ports.blobs, updates: ports.updates },
      block: () => ports.clock.current()?.number ?? 0,
      isRegistered: (hotkey) => registered.has(hotkey),
      log: (message) => ports.log('warning', message),
    },
    run,
    loop.replica,
    round,
  );
  ports.openGate(gather);
  await ports.clock.waitFor(deadlineBlock(round, timing), signal);
  const updates = gather.close();
  ports.openGate(null);
  try {
    if (updates.length === 0) {
      ports.log('info', `Round ${round}: no update arrived`);
      const ratings = rateUpdates([], loop.scores);
      loop.scores = scoresOf(ratings);
      await setWeights(ports, roster, ratings, signal);
    } else {
      const ratings = await judge(ports, run, loop, round, updates, roster, signal);
      await conclude(ports, run, loop, round, updates, ratings, roster, signal);
    }
  } finally {
    // Also when the round came to nothing: what was fetched for it must not stay for ever.
    ports.onStep(loop.replica.step, loop.olderCheckpointStep);
  }
}

async function judge(
  ports: ValidatorPorts,
  run: Run,
  loop: ValidatorLoop,
  round: number,
  updates: readonly GatheredUpdate[],
  roster: Roster,
  signal: AbortSignal,
): Promise<readonly Rating[]> {
  const [first, deadline] = await Promise.all([
    ports.chain.block(firstBlock(round, run.spec.round), signal),
    ports.chain.block(deadlineBlock(round, run.spec.round), signal),
  ]);
  if (first === null || deadline === null)
    throw new MillraceError('CHAIN_UNREACHABLE', `The chain forgot the blocks of round ${round}`);
  const context = {
    ...{ run, round, state: loop.replica, evaluator: ports.evaluator, pages: ports.pages, signal },
    ...{ updates: ports.updates, sources: sourcesOf(roster, hotkeyOf(ports.hotkey)) },
    ...{ firstBlockHash: first.hash, deadlineBlockHash: deadline.hash },
  };
  const evaluations: Evaluation[] = [];
  for (const update of updates) evaluations.push(await evaluateUpdate(context, update));
  return rateUpdates(evaluations, loop.scores);
}

/** Makes the next state, signs the manifest, commits it and sets weights, unless the round is over by then. */
async function conclude(
  ports: ValidatorPorts,
  run: Run,
  loop: ValidatorLoop,
  round: number,
  updates: readonly GatheredUpdate[],
  ratings: readonly Rating[],
  roster: Roster,
  signal: AbortSignal,
): Promise<void> {
  const merged = new Set(ratings.filter(({ merge }) => merge).map(({ hotkey }) => hotkey));
  const selected = updates.filter(({ hotkey }) => merged.has(hotkey));
  const contributions = selected.map(({ update }) => ({ update, weight: 1 }));
  const after = await nextGlobalState(run, ports.updates, loop.replica, contributions);
  const next = { ...after, step: loop.replica.step + 1, manifest: null };
  const evalLoss = await progressLoss({
    ...{ run, round, state: next, evaluator: ports.evaluator, pages: ports.pages, signal },
    sources: sourcesOf(roster, hotkeyOf(ports.hotkey)),
  });
  const manifest: Manifest = {
    ...{ run: run.id, round, step: next.step, previous: loop.replica.manifest, evalLoss },
    ...{ baseRoot: loop.replica.root, stateRoot: next.root, checkpoint: loop.checkpoint },
    entries: selected.map(({ hotkey, blob }) => ({ hotkey, blob, weight: 1 })),
    results: ratings.map(({ hotkey, score, reason }) => ({ hotkey, score, reason })),
  };
  const hash = await ports.putBlob(sealManifest(manifest, ports.hotkey));
  if ((ports.clock.current()?.number ?? 0) >= endBlock(round, run.spec.round) - 1) {
    ports.log('warning', `Round ${round} took too long to judge: its updates are dropped`);
    return;
  }
  const commitment = { address: ports.address(), manifest: { round, hash }, runSpec: loop.runSpec };
  await publishCommitment(ports.chain, ports.netuid, commitment, ports.hotkey, signal);
  loop.replica = { ...next, manifest: hash };
  loop.scores = scoresOf(ratings);
  ports.onManifest({ round, stateRoot: next.root, evalLoss, announced: updates.length, selected: selected.length });
  if (next.step % run.spec.checkpointEvery === 0) {
    const blob = await ports.putBlob(encodeCheckpoint(next));
    loop.olderCheckpointStep = loop.checkpoint.step;
    loop.checkpoint = { step: next.step, stateRoot: next.root, manifest: hash, blob };
  }
  await setWeights(ports, roster, ratings, signal);
}

const scoresOf = (ratings: readonly Rating[]): ReadonlyMap<Hotkey, number> =>
  new Map(ratings.map(({ hotkey, score }) => [hotkey, score]));

async function setWeights(
  ports: ValidatorPorts,
  roster: Roster,
  ratings: readonly Rating[],
  signal: AbortSignal,
): Promise<void> {
  const weightOf = chainWeights(ratings);
  const weights = roster.members.flatMap(({ neuron }) => {
    const weight = weightOf.get(neuron.hotkey);
    return weight === undefined ? [] : [{ uid: neuron.uid, weight }];
  });
  // An empty list takes earlier weights back: nobody is paid for a round in which nobody worked.
  const outcome = await ports.chain.submit(
    { kind: 'set-weights', netuid: ports.netuid, weights },
    ports.hotkey,
    signal,
  );
  if (outcome.kind === 'refused') ports.log('warning', `The chain refused the weights: ${outcome.message}`);
}

/** Blobs behind the manifest at `pointer` that a peer may still ask for, from the own store alone. */
export async function reachableBlobs(
  read: (hash: BlobHash) => Promise<Uint8Array | null>,
  pointer: BlobHash,
): Promise<ReadonlySet<BlobHash>> {
  const reachable = new Set<BlobHash>();
  let oldest: number | null = null;
  for (let hash: BlobHash | null = pointer; hash !== null;) {
    const bytes = await read(hash);
    if (bytes === null) break;
    const { manifest } = openManifest(bytes);
    oldest ??= manifest.checkpoint.step;
    if (manifest.step <= oldest) break;
    reachable.add(hash);
    for (const { blob } of manifest.entries) reachable.add(blob);
    if (manifest.checkpoint.blob !== null) reachable.add(manifest.checkpoint.blob);
    hash = manifest.previous;
  }
  return reachable;
}
