import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parameterCount, type ModelConfig } from '#protocol/model-shape.ts';
import { memoryEstimator } from '#worker/model/memory.ts';
import { NO_SAVINGS, type MemorySavings } from '#worker/model/memory-savings.ts';
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
const byLayer = (savings: Partial<MemorySavings> = {}) => ({
  segmentLayers: 1,
  savings: { ...NO_SAVINGS, ...savings },
});
const OPTIONS: readonly { readonly segmentLayers: number; readonly savings: MemorySavings }[] = [
  { segmentLayers: 80, savings: NO_SAVINGS },
  byLayer(),
  byLayer({ optimiserState: '8-bit' }),
  byLayer({ optimiserState: '8-bit', optimiserPlace: 'host' }),
  byLayer({ optimiserState: '8-bit', optimiserPlace: 'host', weights: 'float16' }),
];
const ONE_WINDOW = { microBatchSize: 1, microBatches: 1, place: 'card' } as const;

const PART_OPTIONS = [
  { title: 'float32', option: byLayer() },
  { title: '8-bit', option: byLayer({ optimiserState: '8-bit' }) },
  { title: '8-bit on host', option: byLayer({ optimiserState: '8-bit', optimiserPlace: 'host' }) },
  { title: 'and float16', option: byLayer({ optimiserState: '8-bit', optimiserPlace: 'host', weights: 'float16' }) },
];

const decimal = (bytes: number): string => (bytes / 1e9).toFixed(1);

/** “shards × GB of the largest + GB of main memory for it”, or the parts that such cards can hold where they cannot hold all. */
function cell(config: ModelConfig, cardGib: number, option: (typeof OPTIONS)[number]): string {
  const budget = (cardGib - 1) * GIB;
  const options = { ...option, ...ONE_WINDOW };
  const plan = planShards(config, Array<number>(config.layers + 2).fill(budget), { ...options, prefer: 'fewest' });
  if (plan.kind === 'fits') {
    const largest = (kind: 'totalBytes' | 'hostBytes'): string =>
      decimal(Math.max(...plan.shards.map(({ memory }) => memory[kind])));
    return `${plan.shards.length} × ${largest('totalBytes')} + ${largest('hostBytes')}`;
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

/** What each part needs alone: on its card, and of main memory. */
function parts(name: string, config: ModelConfig, { title, option }: (typeof PART_OPTIONS)[number]): string {
  const memory = memoryEstimator({ ...option, ...ONE_WINDOW, config });
  const bytes = (shard: Shard): string => {
    const { totalBytes, hostBytes } = memory(shard);
    return `${decimal(totalBytes)} + ${decimal(hostBytes)}`;
  };
  return `| ${[
    name,
    (parameterCount(config) / 1e9).toFixed(2),
    title,
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
    ...PART_OPTIONS.map((way) => parts(name, config, way)),
    ...CARDS_GIB.map(
      (card) => `| ${[name, `${card} GB`, ...OPTIONS.map((option) => cell(config, card, option))].join(' | ')} |`,
    ),
  ]);
  expect(expected.filter((row) => !written.includes(row))).toEqual([]);
});
