import { MillraceError } from '#protocol/errors.ts';
import { parameterCount, type ModelConfig } from '#protocol/model-shape.ts';
import { BASE_BYTES, checkFits, estimateMemory, gigabytes, type MemoryEstimate } from '#worker/model/memory.ts';
import type { TrainingPlace } from '#worker/model/run-memory.ts';
import { wholeModel } from '#worker/model/shard.ts';
import { savedInWords, savingLadder, type Rung } from './saving-ladder.ts';

export interface MachineMemory {
  /** Main memory that this process can still take. */
  readonly availableBytes: number;
  /** What this process has taken already. */
  readonly residentBytes: number;
  /** Of the graphics card that training may use; `null`: unknown, or the main memory. */
  readonly vramBytes: number | null;
}

/** How a whole model trains in the memory that there is: options of a trainer. */
interface TrainingFit extends Rung {
  /** Windows of a batch that one run may hold: a divisor of the batch's size. */
  readonly largestRunSize: number;
  /** For the owner: what is saved and why, with the numbers; `null` when nothing is. */
  readonly saved: string | null;
}

export interface MemoryFit {
  /** Where the CPU trains. */
  readonly onCpu: TrainingFit;
  /** Where something else trains, and for the CPU's result that it is compared with; or why the card cannot be used, with the numbers. */
  readonly onCard:
    { readonly kind: 'fits'; readonly fit: TrainingFit } | { readonly kind: 'short'; readonly why: string };
}

interface Job {
  readonly config: ModelConfig;
  /** Windows in one step. */
  readonly batchSize: number;
  /** Main memory that the worker needs beside its trainer. */
  readonly besideBytes: number;
}

/** A memory that training must fit. */
interface Limit {
  readonly availableBytes: number;
  /** With its size in words, behind “to fit”. */
  readonly name: string;
  readonly estimate: (rung: Rung, runSize: number) => MemoryEstimate;
}

/**
 * How a worker can train a whole model on this machine, with as little saved as memory allows. It must fit into main memory in
 * any case: there the CPU's result is computed that a card's is compared with, and there training goes on when a card is lost.
 * @throws MillraceError SHARD_TOO_LARGE with the numbers when it does not fit though all is saved that can be
 */
export function fitMemory(job: Job, { availableBytes, residentBytes, vramBytes }: MachineMemory): MemoryFit {
  const { config, besideBytes } = job;
  /** @param place `card`: of a card that has no memory of its own */
  const mainMemoryFor = (place: TrainingPlace): Limit => ({
    availableBytes,
    name: `the main memory, of which ${gigabytes(availableBytes)} GB are free`,
    estimate: (rung, runSize) => {
      const { hostBytes, ...estimate } = estimateJob(job, rung, runSize, place);
      const processBytes = Math.max(0, BASE_BYTES.cpu - residentBytes) + besideBytes;
      const baseBytes = processBytes + (place === 'card' ? hostBytes : 0);
      const totalBytes = estimate.totalBytes - estimate.baseBytes + baseBytes;
      return { ...estimate, hostBytes, baseBytes, totalBytes };
    },
  });
  const mainMemory = mainMemoryFor('cpu');
  const inPlace = savingLadder(config, 'cpu');
  const onCpu = leastSaving(job, inPlace, [mainMemory]);
  if (onCpu.kind === 'short') {
    throw new MillraceError(
      'SHARD_TOO_LARGE',
      `The run's model of ${parameterCount(config).toLocaleString('en')} parameters does not fit into the memory that is free. ${onCpu.message}. Close other programs, or use a machine with more memory.`,
    );
  }
  if (vramBytes === null) {
    // As a card that has its memory in main memory: it trains no step in place, and what it leaves to the host saves nothing.
    const shared = leastSaving(job, inPlace, [mainMemoryFor('card'), mainMemory]);
    return { onCpu: onCpu.fit, onCard: shared.kind === 'fits' ? shared : shortCard(shared) };
  }

  const card: Limit = {
    availableBytes: vramBytes,
    name: `the graphics card, which has ${gigabytes(vramBytes)} GB`,
    estimate: (rung, runSize) => estimateJob(job, rung, runSize, 'card'),
  };
  const onCard = leastSaving(job, savingLadder(config, 'card'), [card, mainMemory]);
  return { onCpu: onCpu.fit, onCard: onCard.kind === 'fits' ? onCard : shortCard(onCard) };
}

function shortCard({ limit, neededBytes }: Shortage): Extract<MemoryFit['onCard'], { readonly kind: 'short' }> {
  const needed = gigabytes(neededBytes);
  return {
    kind: 'short',
    why: `the model does not fit ${limit.name}: it needs ${needed} GB, though all is saved that can be`,
  };
}

/** What training all layers needs, with runs of so many windows. */
function estimateJob({ config, batchSize }: Job, rung: Rung, runSize: number, place: TrainingPlace): MemoryEstimate {
  return estimateMemory({
    ...{ config, place, microBatchSize: runSize, microBatches: 1, shard: wholeModel(config) },
    ...{ segmentLayers: rung.segmentLayers, savings: rung.savings },
    // As the trainer does, see `trainsAtOnce`: the ladder's first rung.
    fused: rung.segmentLayers >= config.layers && runSize === batchSize,
  });
}

/** A memory that is too small, and how much training would need of it. */
interface Shortage {
  readonly limit: Limit;
  readonly neededBytes: number;
  readonly message: string;
}

type LeastSaving =
  | { readonly kind: 'fits'; readonly fit: TrainingFit }
  /** Not even with all that can be saved. */
  | ({ readonly kind: 'short' } & Shortage);

/** The first rung of the ladder, and its largest run, that all limits leave room for. */
function leastSaving(job: Job, ladder: readonly [Rung, ...Rung[]], limits: readonly Limit[]): LeastSaving {
  const unsaved = shortage(limits, ladder[0], job.batchSize);
  if (unsaved === null) return { kind: 'fits', fit: { ...ladder[0], largestRunSize: job.batchSize, saved: null } };
  let short = unsaved;
  for (const rung of ladder) {
    const smallest = shortage(limits, rung, 1);
    if (smallest !== null) {
      short = smallest;
      continue;
    }
    const largestRunSize = divisors(job.batchSize).findLast((size) => shortage(limits, rung, size) === null) ?? 1;
    const ways = new Intl.ListFormat('en-GB').format(savedInWords(rung, largestRunSize, job));
    const needed = gigabytes(unsaved.limit.estimate(rung, largestRunSize).totalBytes);
    const instead = gigabytes(unsaved.neededBytes);
    const saved = `To fit ${unsaved.limit.name}, training ${ways}: it needs ${needed} GB instead of ${instead} GB`;
    return { kind: 'fits', fit: { ...rung, largestRunSize, saved } };
  }
  return { kind: 'short', ...short };
}

/** The first limit that leaves no room; `null` when all do. */
function shortage(limits: readonly Limit[], rung: Rung, runSize: number): Shortage | null {
  for (const limit of limits) {
    const estimate = limit.estimate(rung, runSize);
    const short = checkFits(estimate, limit.availableBytes);
    if (short !== null) return { limit, neededBytes: estimate.totalBytes, message: short.message };
  }
  return null;
}

const divisors = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index + 1).filter((size) => count % size === 0);
