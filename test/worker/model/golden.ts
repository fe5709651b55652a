import { readFileSync } from 'node:fs';
import { integerHash, integerHashes } from '#protocol/integer-hash.ts';
import type { ModelConfig } from '#protocol/model-shape.ts';

/** What `torch_llama.py --golden` says about one tensor. */
export interface Summary {
  readonly l2: number;
  /** Inner product with hashed numbers (salt 99) in −0.5…0.5. */
  readonly dot: number;
  /** The first four elements. */
  readonly head: readonly number[];
}

interface GoldenFile {
  readonly config: Readonly<
    Record<'hidden' | 'layers' | 'heads' | 'kv_heads' | 'ffn' | 'vocab' | 'seq' | 'batch', number>
  >;
  readonly losses: readonly number[];
  /** Global gradient norms before clipping. */
  readonly norms: readonly number[];
  readonly lr: number;
  /** Of the first step. */
  readonly grads: Readonly<Record<string, Summary>>;
  /** After the last step. */
  readonly params: Readonly<Record<string, Summary>>;
}

/** Five AdamW steps of the same model in PyTorch. */
export const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/torch-llama-golden.json', import.meta.url), 'utf8'),
) as GoldenFile;

export const goldenConfig: ModelConfig = {
  hiddenSize: golden.config.hidden,
  layers: golden.config.layers,
  heads: golden.config.heads,
  kvHeads: golden.config.kv_heads,
  headSize: golden.config.hidden / golden.config.heads,
  ffnSize: golden.config.ffn,
  vocabSize: golden.config.vocab,
  sequenceLength: golden.config.seq,
  ropeTheta: 10_000,
  rmsNormEpsilon: 1e-5,
  tiedHead: false,
};

export const goldenBatchSize = golden.config.batch;

export function goldenTokens(step: number): Int32Array {
  const count = goldenBatchSize * (goldenConfig.sequenceLength + 1);
  return Int32Array.from(integerHashes(count, 7, step * count), (hash) => hash % goldenConfig.vocabSize);
}

/**
 * The largest difference between a tensor and its summary: of `l2` and `dot` relative to the norm of the tensor, of the
 * head elements relative to its root mean square.
 */
export function summaryError(values: Float32Array, expected: Summary): number {
  let [squares, dot] = [0, 0];
  for (const [index, value] of values.entries()) {
    squares += value * value;
    dot += value * (integerHash(index, 99) / 4294967296 - 0.5);
  }
  const rootMeanSquare = expected.l2 / Math.sqrt(values.length);
  return Math.max(
    Math.abs(Math.sqrt(squares) - expected.l2) / expected.l2,
    Math.abs(dot - expected.dot) / expected.l2,
    ...expected.head.map((value, index) => Math.abs(values[index]! - value) / rootMeanSquare),
  );
}
