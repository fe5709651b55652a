import type { BlockHeader, ChainClient } from '#protocol/chain/chain-client.ts';
import { encodeCommitment, NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { createLatest } from '#protocol/chain/latest.ts';
import { hashedFloats, integerHash } from '#protocol/integer-hash.ts';
import type { Uid } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf, type KeyPair } from '#protocol/keys.ts';
import { deadlineBlock } from '#protocol/round/clock.ts';
import { parameterShapes } from '#protocol/model-shape.ts';
import type { Rao } from '#protocol/units.ts';
import { orderedParameters } from '#worker/engine/parameters.ts';
import { createPace } from '#worker/engine/pace.ts';
import { stepByStep } from '#worker/engine/step-by-step.ts';
import type { Trainer } from '#worker/engine/trainer.ts';
import { loadErrorBuffer, openErrorFile } from '#worker/round/error-buffer.ts';
import type { WorkerPorts } from '#worker/round/worker-desk.ts';
import { runWorker } from '#worker/round/worker-loop.ts';
import { createBlockClock } from '#worker/run/block-clock.ts';
import { createDataPages } from '#worker/run/data-pages.ts';
import type { Run } from '#worker/run/open-run.ts';
import { NETUID } from '../chain-fixtures.ts';
import type { Head } from './lockstep-network.ts';
import { BLOCK_MS, blockHashOf, validatorKey, workerKey } from './lockstep-run.ts';

/** Where a worker can be when it is killed; whoever adds work to a round adds a stage. */
export const STAGES = [
  ...['start', 'train', 'encode', 'store', 'error buffer', 'announce', 'fetch', 'outer step', 'checkpoint'],
  ...['note of the merge', 'give back'],
] as const;
export type Stage = (typeof STAGES)[number];

type Reached = Pick<
  WorkerPorts,
  'blobs' | 'announce' | 'putBlob' | 'updates' | 'warn' | 'address' | 'onStep' | 'checkpoints'
>;

export interface LockstepOptions extends Reached {
  readonly run: Run;
  /** Of the error buffer. */
  readonly path: string;
  readonly validatorAddress: string;
  readonly onHead: (listener: (head: Head) => void) => () => void;
  /** Does a stage's work. */
  readonly staged: <T>(stage: Stage, work: () => Promise<T>) => Promise<T>;
  readonly onSaved?: (round: number, sent: boolean, errors: readonly Float32Array[]) => void;
}

/** The real loop of a worker, with the real error buffer, on a chain that only tells the head and with a trainer that only adds numbers. */
export async function playLockstep(options: LockstepOptions, signal: AbortSignal): Promise<void> {
  const { run, path, staged, updates, blobs } = options;
  const file = openErrorFile(path, run.id);
  const chain = lockstepChain(options);
  const staging: Pick<WorkerPorts, 'blobs'> = {
    blobs: { get: (...args) => staged('fetch', () => blobs.get(...args)) },
  };
  const ports: WorkerPorts = {
    ...options,
    ...{ ...staging, chain, netuid: NETUID, clock: createBlockClock(chain), hotkey: workerKey, pace: createPace() },
    pages: createDataPages(run.spec, staging.blobs),
    trainer: addingTrainer(options),
    updates: {
      ...updates,
      encode: (...args) => staged('encode', () => updates.encode(...args)),
      giveBack: (...args) => staged('give back', () => updates.giveBack(...args)),
      step: (...args) => staged('outer step', () => updates.step(...args)),
    },
    putBlob: (bytes) => staged('store', () => options.putBlob(bytes)),
    announce: (...args) => staged('announce', () => options.announce(...args)),
    errorFile: {
      save: async (errors, belongsTo) => {
        options.onSaved?.(belongsTo.round ?? -1, belongsTo.sent !== null, errors);
        await staged('error buffer', () => file.save(errors, belongsTo));
      },
      markMerged: (blob) => staged('note of the merge', () => file.markMerged(blob)),
    },
    ...{
      onProgress: () => undefined,
      onActivity: () => undefined,
      onRound: () => undefined,
      onMissed: () => undefined,
    },
    nowMs: () => performance.now(),
  };
  await runWorker(ports, run, await loadErrorBuffer(path, run), signal);
}

/** What it learns depends on the state and on the text of the round, and on nothing else. */
function addingTrainer({ run, staged }: LockstepOptions): Trainer {
  const shapes = parameterShapes(run.spec.model);
  let parameters: readonly Float32Array[] = [];
  const trainer: Trainer = {
    load: (given) => {
      parameters = orderedParameters(given, shapes).map((values) => values.slice());
    },
    trainStep: (tokens) =>
      staged('train', () => {
        const seed = [...tokens].reduce((hash, token) => integerHash(token, hash), 1);
        for (const [tensor, values] of parameters.entries()) {
          const noise = hashedFloats(values.length, seed + tensor, 0.01);
          for (let i = 0; i < values.length; i += 1) values[i] = 0.99 * (values[i] ?? 0) - (noise[i] ?? 0);
        }
        return Promise.resolve({ loss: 5, gradientNorm: 1 });
      }),
    trainSteps: (...args) => stepByStep(trainer, ...args),
    stepsPerRun: () => 1,
    parameters: () => Promise.resolve(parameters),
    resetOptimizer: () => undefined,
    traffic: () => ({ toDeviceBytes: 0, fromDeviceBytes: 0 }),
    dispose: () => Promise.resolve(),
  };
  return trainer;
}

function lockstepChain({ run, validatorAddress, onHead }: LockstepOptions): ChainClient {
  const heads = createLatest<BlockHeader>();
  let manifest: Head['manifest'] = null;
  const header = (number: number): BlockHeader => ({ number, hash: blockHashOf(number), timestampMs: 0 });
  onHead((head) => {
    ({ manifest } = head);
    heads.set(header(head.block));
  });
  const never = (): never => {
    throw new Error('Nothing in a round asks the chain for this');
  };
  const neuron = (uid: number, key: KeyPair, validatorPermit: boolean) => ({
    ...{
      uid: uid as Uid,
      hotkey: hotkeyOf(key),
      coldkey: coldkeyOf(key),
      stakeRao: (validatorPermit ? 1n : 0n) as Rao,
    },
    ...{ validatorPermit, registeredAtBlock: 0, emissionRao: 0n as Rao, incentive: 0 },
  });
  const committedAt = () => (manifest === null ? 0 : deadlineBlock(manifest.round, run.spec.round));
  const fields = () => encodeCommitment({ ...NO_COMMITMENT, address: validatorAddress, manifest });
  const committed = () => [{ hotkey: hotkeyOf(validatorKey), block: committedAt(), fields: fields() }];
  return {
    info: () => Promise.resolve({ genesisHash: run.id, name: 'lockstep', blockMs: BLOCK_MS, tokenSymbol: 'TAO' }),
    head: () => Promise.resolve(heads.current() ?? header(0)),
    block: (number) => Promise.resolve(header(number)),
    onBlock: (listener) => heads.subscribe(listener),
    onConnection: () => () => undefined,
    members: () =>
      Promise.resolve({
        ownerHotkey: hotkeyOf(validatorKey),
        neurons: [neuron(0, validatorKey, true), neuron(1, workerKey, false)],
        commitments: committed(),
      }),
    commitments: () => Promise.resolve(committed()),
    ...{
      neurons: never,
      subnet: never,
      balance: never,
      registrationPrice: never,
      weightTerms: never,
      finalized: never,
      emissions: never,
      submit: never,
      close: () => undefined,
    },
  };
}
