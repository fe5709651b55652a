import { readFileSync } from 'node:fs';
import { toHex } from '#protocol/bytes.ts';
import { sha256 } from '#protocol/hash.ts';
import { initialWeights } from '#protocol/initial-weights.ts';
import { createTrainer, type TrainerOptions } from '#worker/engine/trainer.ts';
import { ENGINE_CONFIGS, type EngineConfig } from './engine-configs.ts';
import { readDevnetText, textWindows } from './text-windows.ts';

/** What the PyTorch program did with the same tokens from the same weights; the file says with which versions. */
interface RecordedCurve {
  readonly config: keyof typeof ENGINE_CONFIGS;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Of the windows of all steps, one after the other. */
  readonly tokensSha256: string;
  /** Of each step, in nats, before its update. */
  readonly losses: readonly number[];
}

export const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/torch-loss-curve.json', import.meta.url), 'utf8'),
) as RecordedCurve;

const { model: config }: EngineConfig = ENGINE_CONFIGS[recorded.config];

/** The windows of each recorded step. @throws Error when they are not those that the PyTorch program had */
export async function recordedWindows(): Promise<readonly Uint8Array[]> {
  const text = await readDevnetText();
  const windows = recorded.losses.map((_, step) => textWindows(text, recorded.batchSize, config.sequenceLength, step));
  const found = toHex(sha256(Buffer.concat(windows)));
  if (found !== recorded.tokensSha256) throw new Error(`The recorded curve has other tokens than these (${found})`);
  return windows;
}

/** A way to train: what differs from the engine's defaults. */
export type CurveOptions = Partial<Omit<TrainerOptions, 'config' | 'batchSize'>>;

/**
 * Trains the recorded configuration from the recorded weights, a step on each of `windows`.
 * @returns the loss of each step, in nats
 */
export async function trainCurve(windows: readonly Uint8Array[], options: CurveOptions): Promise<readonly number[]> {
  const given = { config, batchSize: recorded.batchSize, provider: 'cpu', threads: 2, ...options } as const;
  const trainer = await createTrainer(given);
  try {
    trainer.load(initialWeights(config, 0));
    const losses: number[] = [];
    for (const tokens of windows) losses.push((await trainer.trainStep(tokens, recorded.learningRate)).loss);
    return losses;
  } finally {
    await trainer.dispose();
  }
}

export interface Deviation {
  /** The largest |a ÷ b − 1|; not a number when a loss is none. */
  readonly largest: number;
  /** Where it is, from 0. */
  readonly step: number;
}

/** How far `curve` is from `other`, step by step. @throws RangeError when they are not equally long */
export function deviation(curve: readonly number[], other: readonly number[]): Deviation {
  if (curve.length !== other.length) throw new RangeError(`${curve.length} steps do not compare with ${other.length}`);
  const each = curve.map((loss, step) => Math.abs(loss / (other[step] ?? NaN) - 1));
  const largest = Math.max(...each);
  return { largest, step: each.findIndex((value) => Object.is(value, largest)) };
}

/** The mean over each `width` steps in a row. */
export function smoothed(curve: readonly number[], width: number): readonly number[] {
  return curve.slice(width - 1).map((_, start) => {
    return curve.slice(start, start + width).reduce((sum, loss) => sum + loss, 0) / width;
  });
}
