import { MillraceError } from '#protocol/errors.ts';
import { parameterCount, type ModelConfig } from '#protocol/model-shape.ts';
import {
  checkFits,
  estimateMemory,
  gigabytes,
  ON_CARD,
  type MemoryEstimate,
  type MemoryPlace,
} from '#worker/model/memory.ts';
import { wholeModel } from '#worker/model/shard.ts';

export interface MachineMemory {
  /** Main memory that this process can still take. */
  readonly availableBytes: number;
  /** What this process has taken already. */
  readonly residentBytes: number;
  /** Of the graphics card that training may use; `null`: unknown, or the main memory. */
  readonly vramBytes: number | null;
}

export interface MemoryFit {
  /** Windows of a batch that one run may hold: a divisor of the batch's size. */
  readonly largestRunSize: number;
  /** Why the card cannot be used, with the numbers; `null` when it may be tried. */
  readonly cardShortage: string | null;
}

/**
 * Beside its trainer a worker holds of each float32 parameter the network's value and the error buffer's, and at a round's end
 * the trained value and the difference.
 */
const WORKER_BYTES_PER_PARAMETER = 4 * 4;

/**
 * How a worker can train a whole model on this machine. It must fit into main memory in any case: there the CPU's result is
 * computed that a card's is compared with, and there training goes on when a card is lost.
 * @throws MillraceError SHARD_TOO_LARGE with the numbers when not even runs of a single window fit
 */
export function fitMemory(
  { config, batchSize }: { readonly config: ModelConfig; readonly batchSize: number },
  { availableBytes, residentBytes, vramBytes }: MachineMemory,
): MemoryFit {
  const runSizes = divisors(batchSize).toReversed();
  const besideBytes = WORKER_BYTES_PER_PARAMETER * parameterCount(config);
  const inMemory = largestFit(runSizes, availableBytes, (microBatchSize) => {
    const estimate = ofWholeModel(config, microBatchSize);
    const baseBytes = Math.max(0, estimate.baseBytes - residentBytes) + besideBytes;
    return { ...estimate, baseBytes, totalBytes: estimate.totalBytes - estimate.baseBytes + baseBytes };
  });
  if (inMemory.kind === 'short') {
    throw new MillraceError(
      'SHARD_TOO_LARGE',
      `The run's model of ${parameterCount(config).toLocaleString('en')} parameters does not fit into the memory that is free. ${inMemory.message}. Close other programs, or use a machine with more memory.`,
    );
  }
  const { runSize } = inMemory;
  if (vramBytes === null) return { largestRunSize: runSize, cardShortage: null };
  const smaller = runSizes.filter((size) => size <= runSize);
  const onCard = largestFit(smaller, vramBytes, (size) => ofWholeModel(config, size, ON_CARD));
  return onCard.kind === 'short'
    ? { largestRunSize: runSize, cardShortage: cardShortage(onCard.neededBytes, vramBytes) }
    : { largestRunSize: onCard.runSize, cardShortage: null };
}

/** What training all layers at once needs, with runs of so many windows; on the CPU unless said otherwise. */
const ofWholeModel = (config: ModelConfig, microBatchSize: number, place?: MemoryPlace): MemoryEstimate =>
  estimateMemory({
    ...{ config, microBatchSize, microBatches: 1, segmentLayers: config.layers, shard: wholeModel(config) },
    ...(place === undefined ? {} : { place }),
  });

type LargestFit =
  | { readonly kind: 'fits'; readonly runSize: number }
  /** Not even the smallest does. */
  | { readonly kind: 'short'; readonly neededBytes: number; readonly message: string };

/** @param runSizes largest first */
function largestFit(
  runSizes: readonly number[],
  availableBytes: number,
  estimateOf: (runSize: number) => MemoryEstimate,
): LargestFit {
  let smallest = { neededBytes: 0, message: '' };
  for (const runSize of runSizes) {
    const estimate = estimateOf(runSize);
    const shortage = checkFits(estimate, availableBytes);
    if (shortage === null) return { kind: 'fits', runSize };
    smallest = { neededBytes: estimate.totalBytes, message: shortage.message };
  }
  return { kind: 'short', ...smallest };
}

const cardShortage = (neededBytes: number, vramBytes: number): string =>
  `the model needs ${gigabytes(neededBytes)} GB on the graphics card, which has ${gigabytes(vramBytes)} GB`;

const divisors = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index + 1).filter((size) => count % size === 0);
