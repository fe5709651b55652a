import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parameterCount, type ModelConfig } from '#protocol/model-shape.ts';
import { FLOAT32_ADAMW, memoryEstimator, ON_CARD, type Precision } from '#worker/model/memory.ts';
import { planShards } from '#worker/model/plan-shards.ts';
import type { Shard } from '#worker/model/shard.ts';

const common = { headSize: 128, kvHeads: 8, ropeTheta: 500_000, rmsNormEpsilon: 1e-5, tiedHead: false };
const large = { ...common, layers: 80, hiddenSize: 8192, ffnSize: 28_672, heads: 64, sequenceLength: 2048 };
const MODELS: Readonly<Record<string, ModelConfig>> = {
  'Llama-3-8B': {
    ...{ ...common, layers: 32, hiddenSize: 4096, ffnSize: 14_336, heads: 32, sequenceLength: 2048 },
    vocabSize: 128_256,
  },
  'Llama-3-70B': { ...large, vocabSize: 128_256 },
  '72 B model': { ...large, vocabSize: 262_208 },
};
const GIB = 2 ** 30;
const CARDS_GIB = [8, 12, 16, 24, 80];
/** Two moments of a byte each, and a float32 scale for each 256 of them. */
const optimiserState = 2 * (1 + 4 / 256);
const OPTIONS: readonly { readonly segmentLayers: number; readonly precision: Precision }[] = [
  { segmentLayers: 80, precision: FLOAT32_ADAMW },
  { segmentLayers: 1, precision: FLOAT32_ADAMW },
  { segmentLayers: 1, precision: { ...FLOAT32_ADAMW, optimiserState } },
  { segmentLayers: 1, precision: { parameter: 2, gradient: 2, optimiserState, activation: 2 } },
];

const decimal = (bytes: number): string => (bytes / 1e9).toFixed(1);

/** “shards × bytes of the largest”, or the parts that such cards can hold where they cannot hold all. */
function cell(config: ModelConfig, cardGib: number, option: (typeof OPTIONS)[number]): string {
  const budget = (cardGib - 1) * GIB;
  const options = { ...option, microBatchSize: 1, microBatches: 1, place: ON_CARD };
  const plan = planShards(config, Array<number>(config.layers + 2).fill(budget), { ...options, prefer: 'fewest' });
  if (plan.kind === 'fits') {
    const largest = Math.max(...plan.shards.map(({ memory }) => memory.totalBytes));
    return `${plan.shards.length} × ${decimal(largest)}`;
  }
  const memory = memoryEstimator({ ...options, config });
  const inside = (layers: number): boolean => {
    const shard: Shard = { from: 0, to: layers, embedding: false, head: false };
    return memory(shard).totalBytes <= budget;
  };
  let layers = 0;
  while (inside(layers + 1)) layers += 1;
  return layers === 0 ? 'nothing' : `layers, ${layers} each`;
}

function parts(name: string, config: ModelConfig): string {
  const memory = memoryEstimator({ ...OPTIONS[1]!, config, microBatchSize: 1, microBatches: 1, place: ON_CARD });
  const bytes = (shard: Shard): string => decimal(memory(shard).totalBytes);
  return `| ${[
    name,
    (parameterCount(config) / 1e9).toFixed(2),
    bytes({ from: 0, to: 0, embedding: true, head: false }),
    bytes({ from: 0, to: 1, embedding: false, head: false }),
    bytes({ from: 0, to: 0, embedding: false, head: true }),
  ].join(' | ')} |`;
}

/** The rows of the document's tables with their cells one space apart: prettier aligns them. */
const rows = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.replaceAll(/ +/g, ' '));

test('docs/SHARDS.md has the numbers that the planner computes', { timeout: 60_000 }, async () => {
  const written = rows(await readFile(join(import.meta.dirname, '../../../docs/SHARDS.md'), 'utf8'));
  const expected = Object.entries(MODELS).flatMap(([name, config]) => [
    parts(name, config),
    ...CARDS_GIB.map(
      (card) => `| ${[name, `${card} GB`, ...OPTIONS.map((option) => cell(config, card, option))].join(' | ')} |`,
    ),
  ]);
  expect(expected.filter((row) => !written.includes(row))).toEqual([]);
});
