import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorMessage } from '#protocol/errors.ts';
import { parameterCount } from '#protocol/model-shape.ts';
import type { BenchResult } from '../../scripts/bench/report.ts';
import { bundleSide } from './support/bundled-side.ts';
import { CODEC_MODELS, type CodecModel } from './support/codec-configs.ts';
import type { CodecQuality, CodecRequests, CodecSample } from './support/codec-side.ts';
import { median } from './support/median.ts';
import { startSide } from './support/side.ts';
import { runTorchCodec, type TorchCodecReply } from './support/torch-codec.ts';

/** The first value of each is taken when none is given. */
export const options = { params: ['16777216', '134217728'], threads: ['2', '1'] } as const;

const PAIRS = 5;
const PEERS = 16;
/** As many as a round of the devnet has. */
const RECORDED_STEPS = 30;
const MIB = 2 ** 20;
type Row = BenchResult['rows'][number];
type Verdict = BenchResult['verdicts'][number];

/**
 * The update codec against the PyTorch program that does what subnet 3 does: size, loss, time to encode, time from 16 peers' blobs
 * to the next parameters. Theirs starts with the error buffer's sum made, checks nothing and takes no outer step; ours does all.
 */
export async function run({ params, threads: wished }: Readonly<Record<'params' | 'threads', string>>) {
  const model = params as CodecModel;
  const values = `${(Number(params) / 1e6).toFixed(1)}M`;
  const bundled = await bundleSide('codec');
  try {
    return await measure(model, values, Math.min(Number(wished), availableParallelism()), bundled.folder);
  } finally {
    await bundled.remove();
  }
}

async function measure(model: CodecModel, values: string, threads: number, folder: string) {
  const count = parameterCount(CODEC_MODELS[model]);
  const [loadAverage] = loadavg();
  const side = startSide<CodecRequests>('codec', folder);
  const encodes: (CodecSample & CodecQuality)[] = [];
  const merges: CodecSample[] = [];
  const theirs: TorchCodecReply[] = [];
  let skipped: string | null = null;
  try {
    await side.ask('open', { model, threads, peers: PEERS });
    // Threads start and the compiler warms up, as after a worker's first rounds.
    for (let warmUp = 0; warmUp < 2; warmUp += 1) {
      await side.ask('encode', null);
      await side.ask('merge', null);
    }
    for (let pair = 0; pair < PAIRS; pair += 1) {
      encodes.push(await side.ask('encode', null));
      merges.push(await side.ask('merge', null));
      try {
        if (skipped === null) theirs.push(await runTorchCodec(count, threads));
      } catch (error) {
        skipped = errorMessage(error);
      }
      process.stderr.write(`${pair + 1} of ${PAIRS} pairs are done\n`);
    }
  } finally {
    side.end();
  }
  const recorded = await recordedQuality(threads);
  const memory = await extraMemory(model, threads, folder);
  const ours = { encode: rates(encodes, count), merge: rates(merges, PEERS * count) };
  const quality = qualityOf(encodes);
  const rows: readonly Row[] = [
    { name: `${values} before`, loadAverage, parameters: count, peers: PEERS, threads },
    { name: 'millrace encode', ...ours.encode, ...quality, extraMiB: memory.encode },
    { name: 'millrace check and outer step of all peers', ...ours.merge, extraMiB: memory.merge },
    skipped === null ? torchRow(theirs) : { name: 'torch', skipped },
    { name: `${RECORDED_STEPS} recorded steps of tiny, nearest`, ...recorded.nearest },
    { name: `${RECORDED_STEPS} recorded steps of tiny, deviation as theirs`, ...recorded.deviation },
  ];
  return { runs: PAIRS, rows, verdicts: verdictsOf(`${values}, ${threads} threads`, quality, ours, theirs, memory) };
}

async function recordedQuality(threads: number): Promise<CodecRequests['recorded']['reply']> {
  const side = startSide<CodecRequests>('codec');
  try {
    return await side.ask('recorded', { steps: RECORDED_STEPS, threads });
  } finally {
    side.end();
  }
}

interface ExtraMemory {
  /** MiB; `null` where the system does not tell. */
  readonly encode: number | null;
  readonly merge: number | null;
}

/** Each in a process that has done nothing before: memory that was freed would be taken again and not be seen. */
async function extraMemory(model: CodecModel, threads: number, bundle: string): Promise<ExtraMemory> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-codec-'));
  const ask = async <K extends keyof CodecRequests>(kind: K, given: CodecRequests[K]['ask']) => {
    const side = startSide<CodecRequests>('codec', bundle);
    try {
      return await side.ask(kind, given as never);
    } finally {
      side.end();
    }
  };
  try {
    const { extraBytes: encode } = await ask('encodeFirst', { model, threads });
    await ask('save', { model, threads, peers: PEERS, folder });
    const { extraBytes: merge } = await ask('mergeFirst', { model, threads, folder });
    return { encode: encode === null ? null : encode / MIB, merge: merge === null ? null : merge / MIB };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function qualityOf(encodes: readonly CodecQuality[]): CodecQuality {
  return {
    bitsPerParameter: median(encodes.map(({ bitsPerParameter }) => bitsPerParameter)),
    relativeError: median(encodes.map(({ relativeError }) => relativeError)),
  };
}

interface Rates {
  readonly valuesPerSecond: number;
  readonly leastValuesPerSecond: number;
  readonly mostValuesPerSecond: number;
}

function rates(samples: readonly CodecSample[], count: number): Rates {
  const seconds = samples.map((sample) => sample.seconds);
  return {
    valuesPerSecond: count / median(seconds),
    leastValuesPerSecond: count / Math.max(...seconds),
    mostValuesPerSecond: count / Math.min(...seconds),
  };
}

const torchRate = (theirs: readonly TorchCodecReply[], field: keyof Omit<TorchCodecReply, 'version'>): number =>
  median(theirs.map((reply) => reply[field]));

function torchRow(theirs: readonly TorchCodecReply[]): Row {
  return {
    name: `torch ${theirs[0]?.version ?? ''}`,
    encodeValuesPerSecond: torchRate(theirs, 'encodeParamsPerSecond'),
    mostEncodeValuesPerSecond: Math.max(...theirs.map((reply) => reply.encodeParamsPerSecond)),
    decodeValuesPerSecond: torchRate(theirs, 'decodeParamsPerSecond'),
    mostDecodeValuesPerSecond: Math.max(...theirs.map((reply) => reply.decodeParamsPerSecond)),
    bitsPerParameter: torchRate(theirs, 'bitsPerParam'),
    relativeError: torchRate(theirs, 'keptEnergyErr'),
  };
}

/** A peer that did not run has no verdict. */
function verdictsOf(
  what: string,
  { bitsPerParameter, relativeError }: CodecQuality,
  ours: { readonly encode: Rates; readonly merge: Rates },
  theirs: readonly TorchCodecReply[],
  memory: ExtraMemory,
): readonly Verdict[] {
  const compared =
    theirs.length < PAIRS
      ? []
      : [
          atMost(`relative error ÷ torch, ${what}`, relativeError / torchRate(theirs, 'keptEnergyErr'), 1),
          atLeast(
            `encode values/s ÷ torch, ${what}`,
            ours.encode.valuesPerSecond / torchRate(theirs, 'encodeParamsPerSecond'),
            1.5,
          ),
          atLeast(
            `decode and outer step of ${PEERS} peers, values/s ÷ torch’s decode, ${what}`,
            ours.merge.valuesPerSecond / torchRate(theirs, 'decodeParamsPerSecond'),
            1,
          ),
        ];
  const held = [['encode', memory.encode] as const, ['merge', memory.merge] as const].flatMap(([name, extraMiB]) =>
    extraMiB === null ? [] : [atMost(`MiB beside input and output, ${name}, ${what}`, extraMiB, 64)],
  );
  return [atMost(`bits per parameter, ${what}`, bitsPerParameter, 0.152), ...compared, ...held];
}

const atLeast = (name: string, value: number, goal: number): Verdict => {
  return { name, value, goal: `>= ${goal}`, ok: value >= goal };
};

const atMost = (name: string, value: number, goal: number): Verdict => {
  return { name, value, goal: `<= ${goal}`, ok: value <= goal };
};
