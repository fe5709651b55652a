import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { elementCount, type ModelConfig } from '#protocol/model-shape.ts';
import { estimateMemory, gigabytes } from '#worker/model/memory.ts';
import { NO_SAVINGS } from '#worker/model/memory-savings.ts';
import { shardParameters, wholeModel, type Shard } from '#worker/model/shard.ts';
import type { BenchResult } from '../../scripts/bench/report.ts';
import type { ShardRequests } from './support/shard-side.ts';
import { writeShardWeights } from './support/shard-weights.ts';
import { startSide } from './support/side.ts';

/** A shard of 24 layers and 1.0 · 10⁹ parameters; with embedding and head 1.14 · 10⁹. */
const config: ModelConfig = {
  ...{ hiddenSize: 2048, layers: 24, heads: 16, kvHeads: 4, headSize: 128, ffnSize: 5120, vocabSize: 32_000 },
  ...{ sequenceLength: 64, ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tiedHead: false },
};
const middle: Shard = { from: 0, to: config.layers, embedding: false, head: false };
const CASES = [
  { name: '24 layers, a graph for one', shard: middle, segmentLayers: 1 },
  { name: '24 layers in one graph', shard: middle, segmentLayers: config.layers },
  { name: '24 layers with embedding and head in one graph', shard: wholeModel(config), segmentLayers: config.layers },
];

const MAX_SECONDS = 20;
const MAX_SHARE = 2;
/** A tensor or file of more bytes is where 32-bit sizes end. */
const LARGE_BYTES = 2 ** 31;
/** Of the free memory, so much stays with other programs. */
const SPARE_SHARE = 0.15;

/**
 * A shard of a billion parameters: how long until all graphs of a step are loaded, in how much memory; and one step of as many
 * of its layers as fit into this machine, with weights from one file on disk.
 */
export async function run(): Promise<BenchResult> {
  const rows: BenchResult['rows'] = [];
  const verdicts: BenchResult['verdicts'] = [];
  for (const { name, ...given } of CASES) {
    const built = await ask('build', { config, ...given });
    const share = (built.peakRssMiB * 2 ** 20) / parameterBytes(given.shard);
    rows.push({ name, parameterBytes: parameterBytes(given.shard), ...built });
    verdicts.push(atMost(`seconds until all graphs are loaded, ${name}`, built.seconds, MAX_SECONDS));
    verdicts.push(atMost(`peak memory ÷ bytes of the parameters, ${name}`, share, MAX_SHARE));
    process.stderr.write(`${name} is done\n`);
  }
  const { row, verdict } = await step();
  return { runs: 1, rows: [...rows, row], verdicts: verdict === null ? verdicts : [...verdicts, verdict] };
}

async function step() {
  const name = 'a step, weights from disk';
  const shard = fittingShard();
  if (shard === null) return { row: { name, skipped: `${gigabytes(freemem())} GB of memory are free` }, verdict: null };
  const folder = await mkdtemp(join(tmpdir(), 'millrace-shard-'));
  try {
    const { bavail, bsize } = await statfs(folder);
    const needed = 1.5 * parameterBytes(middle);
    if (bavail * bsize < needed) {
      return { row: { name, skipped: `${folder} has no room for ${gigabytes(needed)} GB` }, verdict: null };
    }
    const path = join(folder, 'model.safetensors');
    const startMs = performance.now();
    await writeShardWeights(path, config, middle);
    const writeSeconds = (performance.now() - startMs) / 1000;
    const memory = { layers: shard.to - shard.from, neededBytes: stepBytes(shard), freeBytes: freemem() };
    const file = { fileBytes: parameterBytes(middle), writeSeconds };
    const stepped = await ask('step', { config, shard, segmentLayers: 1, path });
    const { loadedBytes, sound } = stepped;
    return {
      row: { name, ...memory, ...file, ...stepped, lastLayers: `${shard.from} to ${shard.to}` },
      verdict: {
        ...{ name: 'bytes of weights loaded and trained soundly', value: sound ? loadedBytes : 0 },
        ...{ goal: `> ${LARGE_BYTES}`, ok: sound && loadedBytes > LARGE_BYTES },
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The last layers, as many as can take a step in the memory that is free: they lie at the far end of the file. */
function fittingShard(): Shard | null {
  for (let from = 0; from < config.layers; from++) {
    const shard = { ...middle, from };
    if (stepBytes(shard) <= (1 - SPARE_SHARE) * freemem()) return shard;
  }
  return null;
}

/** Training by the estimate, and the loaded weights besides, which the engine copies. */
const stepBytes = (shard: Shard): number =>
  estimateMemory({ config, shard, microBatchSize: 1, microBatches: 1, segmentLayers: 1, savings: NO_SAVINGS })
    .totalBytes + parameterBytes(shard);

const parameterBytes = (shard: Shard): number =>
  4 * shardParameters(config, shard).reduce((sum, { shape }) => sum + elementCount(shape), 0);

async function ask<K extends keyof ShardRequests>(kind: K, given: ShardRequests[K]['ask']) {
  const side = startSide<ShardRequests>('shard');
  try {
    return await side.ask(kind, given as never);
  } finally {
    side.end();
  }
}

const atMost = (name: string, value: number, goal: number): BenchResult['verdicts'][number] => {
  return { name, value, goal: `<= ${goal}`, ok: value <= goal };
};
