import type { ChainClient, MillraceCommitment } from '#protocol/chain/chain-client.ts';
import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import { hotkeyOf, type KeyPair } from '#protocol/keys.ts';
import { deadlineBlock, endBlock, firstBlock, roundOf } from '#protocol/round/clock.ts';
import { type CheckpointPointer, type Manifest, sealManifest } from '#protocol/round/manifest.ts';
import type { ManifestSummary } from '#protocol/worker-messages.ts';
import type { Evaluator } from '#worker/engine/evaluator.ts';
import type { CheckpointKeeper } from '#worker/checkpoint/checkpoint-keeper.ts';
import type { BlobSource } from '#worker/run/blob-source.ts';
import type { BlockClock } from '#worker/run/block-clock.ts';
import { syncReplica } from '#worker/run/catch-up.ts';
import type { DataPages } from '#worker/run/data-pages.ts';
import type { Run } from '#worker/run/open-run.ts';
import { publishCommitment } from '#worker/run/publish-commitment.ts';
import { initialState, nextGlobalState, type ReplicaState } from '#worker/run/replica.ts';
import {
  checkpointSources,
  newestManifest,
  readRoster,
  type Roster,
  sourcesOf,
  validatorHotkeys,
} from '#worker/run/roster.ts';
import type { UpdateCodec } from '#worker/update/update-codec.ts';
import { evaluateUpdate, progressLoss } from './evaluate.ts';
import { createGather, type Gather, type GatheredUpdate } from './gather.ts';
import { chainWeights, type Evaluation, type Rating, rateUpdates, scoresOfMembers } from './score.ts';

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
  readonly checkpoints: CheckpointKeeper;
  /** After each round: older blobs may go. */
  readonly onStep: (state: ReplicaState) => Promise<void>;
  readonly log: (level: 'info' | 'warning', message: string) => void;
}

interface ValidatorLoop {
  /** Specification that this validator publishes as the subnet's owner; `null` when it only validates. */
  readonly runSpec: BlobHash | null;
  replica: ReplicaState;
  /** Of the manifest that led to the replica; −1 for the initial weights. */
  replicaRound: number;
  /** Scores 0…100 by hotkey. */
  scores: ReadonlyMap<Hotkey, number>;
  /** The round that gave them. */
  scoredRound: number;
  /** The run's first state, which serves as the checkpoint until there is another. */
  readonly first: CheckpointPointer;
}

/** Gathers, judges and publishes round after round until `signal` aborts. */
export async function runValidator(
  ports: ValidatorPorts,
  run: Run,
  runSpec: BlobHash | null,
  signal: AbortSignal,
): Promise<void> {
  const replica = await initialState(run);
  const loop: ValidatorLoop = {
    ...{ runSpec, replica, replicaRound: -1, scores: new Map(), scoredRound: 0 },
    first: { step: 0, stateRoot: replica.root, manifest: null, index: null },
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

/**
 * Follows the run: after a restart, after each round of another lead, and when the inclusion of an own commitment was not seen.
 * Whoever leads next goes on from there. What lies behind is not gone back to: a lead of before may still have it on chain.
 */
async function resume(
  ports: ValidatorPorts,
  run: Run,
  loop: ValidatorLoop,
  roster: Roster,
  signal: AbortSignal,
): Promise<void> {
  const own = hotkeyOf(ports.hotkey);
  const pointer = newestManifest(roster);
  if (pointer === null || pointer.hash === loop.replica.manifest || pointer.round < loop.replicaRound) return;
  const outcome = await syncReplica(run, ports, loop.replica, pointer.hash, {
    from: sourcesOf(roster, own),
    checkpointFrom: (index) => checkpointSources(roster, own, index),
    validators: validatorHotkeys(roster),
    signal,
    onState: (state) => ports.checkpoints.offer(state),
  });
  if (outcome.kind === 'diverged') {
    throw new MillraceError(
      'DIVERGED',
      `Round ${outcome.round} recomputed gives another state than its validator signed`,
    );
  }
  loop.replica = outcome.state;
  if (outcome.kind === 'incomplete') {
    throw new MillraceError('BLOB_MISSING', `Cannot go on after round ${pointer.round} yet. ${outcome.problem}`);
  }
  const newest = outcome.manifests.at(-1)?.manifest;
  if (newest !== undefined) {
    loop.scores = new Map(newest.results.map(({ hotkey, score }) => [hotkey, score]));
    loop.scoredRound = newest.round;
    loop.replicaRound = newest.round;
    ports.checkpoints.adopt(newest.checkpoint);
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
  const registered = new Map(roster.members.map(({ neuron }) => [neuron.hotkey, neuron.registeredAtBlock]));
  loop.scores = scoresOfMembers(loop.scores, registered, firstBlock(loop.scoredRound, timing));
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
      loop.scoredRound = round;
      await setWeights(ports, roster, ratings, signal);
    } else {
      const ratings = await judge(ports, run, loop, round, updates, roster, signal);
      if (roster.lead?.neuron.hotkey === hotkeyOf(ports.hotkey)) {
        await conclude(ports, run, loop, round, updates, ratings, roster, signal);
      } else {
        // One run, one chain of manifests: the lead's, which is followed when it comes.
        await setWeights(ports, roster, ratings, signal);
      }
    }
  } finally {
    // Also when the round came to nothing: what was fetched for it must not stay for ever.
    await ports.onStep(loop.replica);
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
  const contributions = selected.map(({ hotkey, update }) => ({ update, weight: 1, from: hotkey }));
  const after = await nextGlobalState(run, ports.updates, loop.replica, contributions);
  const next = { ...after, step: loop.replica.step + 1, manifest: null };
  const evalLoss = await progressLoss({
    ...{ run, round, state: next, evaluator: ports.evaluator, pages: ports.pages, signal },
    sources: sourcesOf(roster, hotkeyOf(ports.hotkey)),
  });
  const manifest: Manifest = {
    ...{ run: run.id, round, step: next.step, previous: loop.replica.manifest, evalLoss },
    ...{ baseRoot: loop.replica.root, stateRoot: next.root, checkpoint: ports.checkpoints.newest() ?? loop.first },
    entries: selected.map(({ hotkey, blob }) => ({ hotkey, blob, weight: 1 })),
    results: ratings.map(({ hotkey, score, reason }) => ({ hotkey, score, reason })),
  };
  const hash = await ports.putBlob(sealManifest(manifest, ports.hotkey));
  if ((ports.clock.current()?.number ?? 0) >= endBlock(round, run.spec.round) - 1) {
    ports.log('warning', `Round ${round} took too long to judge: its updates are dropped`);
    return;
  }
  const checkpoint = committed(ports.checkpoints.newest());
  const commitment = { address: ports.address(), manifest: { round, hash }, checkpoint, runSpec: loop.runSpec };
  await publishCommitment(ports.chain, ports.netuid, commitment, ports.hotkey, signal);
  loop.replica = { ...next, manifest: hash };
  loop.replicaRound = round;
  loop.scores = scoresOf(ratings);
  loop.scoredRound = round;
  ports.onManifest({ round, stateRoot: next.root, evalLoss, announced: updates.length, selected: selected.length });
  ports.checkpoints.offer(loop.replica);
  await setWeights(ports, roster, ratings, signal);
}

const committed = (pointer: CheckpointPointer | null): MillraceCommitment['checkpoint'] =>
  pointer === null || pointer.index === null
    ? null
    : { step: pointer.step, stateRoot: pointer.stateRoot, index: pointer.index };

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
