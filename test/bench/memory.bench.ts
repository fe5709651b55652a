import type { ModelConfig } from '#protocol/model-shape.ts';
import { estimateMemory } from '#worker/model/memory.ts';
import { NO_SAVINGS, type MemorySavings } from '#worker/model/memory-savings.ts';
import { wholeModel } from '#worker/model/shard.ts';
import type { BenchResult } from '../../scripts/bench/report.ts';
import { measureMemory } from './support/measure-memory.ts';

const GOAL = 0.15;
const STEPS = 4;

const common = { ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tiedHead: false, headSize: 64 };
const small: ModelConfig = {
  ...common,
  ...{ hiddenSize: 384, layers: 6, heads: 6, kvHeads: 6, ffnSize: 1024, vocabSize: 4096, sequenceLength: 256 },
};
const medium: ModelConfig = {
  ...common,
  ...{ hiddenSize: 768, layers: 8, heads: 12, kvHeads: 4, ffnSize: 2048, vocabSize: 8192, sequenceLength: 512 },
};
interface Case {
  readonly name: string;
  readonly config: ModelConfig;
  readonly microBatchSize: number;
  readonly segmentLayers: number;
  readonly savings?: Partial<MemorySavings>;
}
const CASES: readonly Case[] = [
  { name: 'small', config: small, microBatchSize: 4, segmentLayers: 6 },
  { name: 'medium', config: medium, microBatchSize: 2, segmentLayers: 8 },
  { name: 'medium, computed anew layer by layer', config: medium, microBatchSize: 2, segmentLayers: 1 },
  {
    name: 'medium of 12 layers, in segments of 4',
    config: { ...medium, layers: 12 },
    microBatchSize: 2,
    segmentLayers: 4,
  },
  {
    name: 'medium layer by layer, 8-bit moments',
    ...{ config: medium, microBatchSize: 2, segmentLayers: 1 },
    savings: { optimiserState: '8-bit' },
  },
  {
    name: 'medium layer by layer, 8-bit moments on the host',
    ...{ config: medium, microBatchSize: 2, segmentLayers: 1 },
    savings: { optimiserState: '8-bit', optimiserPlace: 'host' },
  },
  {
    name: 'medium layer by layer, float16 weights',
    ...{ config: medium, microBatchSize: 2, segmentLayers: 1 },
    savings: { weights: 'float16' },
  },
];

/** Peak memory of a process that trains a whole model, predicted and measured (Linux with glibc). */
export async function run(): Promise<BenchResult> {
  const rows: BenchResult['rows'] = [];
  const verdicts: BenchResult['verdicts'] = [];
  for (const { name, savings, ...rest } of CASES) {
    const options = { ...rest, savings: { ...NO_SAVINGS, ...savings } };
    const shard = wholeModel(options.config);
    const predicted = estimateMemory({ ...options, shard, microBatches: 1 });
    const measuredBytes = await measureMemory({ ...options, shard, steps: STEPS });
    const ratio = predicted.totalBytes / measuredBytes;
    rows.push({ name, predictedBytes: predicted.totalBytes, measuredBytes, ratio, ...predicted });
    const ok = Math.abs(ratio - 1) <= GOAL;
    verdicts.push({ name: `predicted ÷ measured peak, ${name}`, value: ratio, goal: `1 ± ${GOAL}`, ok });
  }
  return { runs: 1, rows, verdicts };
}
