import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GlobalState } from '#protocol/global-state.ts';
import { initialWeights } from '#protocol/initial-weights.ts';
import { outerRuleAt } from '#protocol/outer-rule.ts';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { fetchInto } from '#worker/blobs/fetch-blob.ts';
import { startPeer } from '#worker/peer/node.ts';
import { globalStateRoot } from '#worker/run/replica.ts';
import { openUpdateCodec } from '#worker/update/open-codec.ts';
import type { BenchResult } from '../../scripts/bench/report.ts';
import { CODEC_MODELS, type CodecModel, codecRun, codecTarget } from './support/codec-configs.ts';
import { median } from './support/median.ts';
import { startSide } from './support/side.ts';
import type { UpdatePathRequests } from './support/update-path-side.ts';

/** The first value of each is taken when none is given. */
export const options = { params: ['134217728', '16777216'], threads: ['2', '1'] } as const;

const RUNS = 5;
const MEGABYTE = 1e6;

/** One run's stages in their order, each with the bytes that it goes through. */
type Stages = Readonly<Record<string, { readonly seconds: number; readonly bytes: number }>>;

/**
 * An update's whole way, one stage after the other: from the difference to a blob in a worker's store, over loopback into the
 * store of another process, and there to the root of the next state. The first run, in which threads start, is not counted.
 */
export async function run({ params, threads: wished }: Readonly<Record<'params' | 'threads', string>>) {
  const model = params as CodecModel;
  const threads = Math.min(Number(wished), availableParallelism());
  const [loadAverage] = loadavg();
  const folder = await mkdtemp(join(tmpdir(), 'millrace-path-'));
  const warn = (message: string): void => void process.stderr.write(`${message}\n`);
  const sender = startSide<UpdatePathRequests>('update-path');
  const peer = await startPeer({ listenAddress: '/ip4/127.0.0.1/tcp/0', seed: new Uint8Array(32).fill(9), warn });
  const spec = codecRun(CODEC_MODELS[model]);
  const codec = openUpdateCodec(spec, threads);
  try {
    const store = await openBlobStore({ folder: join(folder, 'fetched'), warn });
    const { address, values: count } = await sender.ask('open', { model, threads, folder: join(folder, 'sent') });
    const stateBytes = 4 * count;
    let state: GlobalState = { parameters: initialWeights(spec.model, 0), momentum: [] };
    const oneRun = async (): Promise<Stages> => {
      const sent = await sender.ask('send', null);
      const seconds = clock();
      await fetchInto(store, { peer, hash: sent.hash, sources: [address] });
      const transfer = seconds();
      const blob = (await store.get(sent.hash)) ?? new Uint8Array(0);
      const read = seconds();
      const update = await codec.check(spec, codecTarget, blob);
      const check = seconds();
      state = await codec.step(spec, outerRuleAt(spec.outer, 0), state, [{ update, weight: 1, from: address }]);
      const step = seconds();
      await globalStateRoot(state);
      const root = seconds();
      const whole = (time: number) => ({ seconds: time, bytes: stateBytes });
      const small = (time: number) => ({ seconds: time, bytes: sent.sizeBytes });
      return {
        ...{ encode: whole(sent.encodeSeconds), store: small(sent.storeSeconds), transfer: small(transfer) },
        ...{ read: small(read), check: whole(check), 'decode and outer step': whole(step), root: whole(root) },
      };
    };
    const runs: Stages[] = [];
    for (let n = -1; n < RUNS; n += 1) {
      const stages = await oneRun();
      if (n >= 0) runs.push(stages);
      process.stderr.write(`${n + 1} of ${RUNS} runs are done\n`);
    }
    const rows = [{ name: `${params} before`, loadAverage, parameters: count, threads }, ...rowsOf(runs)];
    return { runs: RUNS, rows, verdicts: [] } satisfies BenchResult;
  } finally {
    sender.end();
    await codec.dispose();
    await peer.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function rowsOf(runs: readonly Stages[]): BenchResult['rows'] {
  const rows = Object.keys(runs[0] ?? {}).map((name) => {
    const seconds = runs.map((stages) => stages[name]?.seconds ?? 0);
    const bytes = runs[0]?.[name]?.bytes ?? 0;
    const megabytes = bytes / MEGABYTE;
    return {
      name,
      seconds: median(seconds),
      leastSeconds: Math.min(...seconds),
      mostSeconds: Math.max(...seconds),
      megabytes,
    };
  });
  const together = rows.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    ...rows.map((row) => ({ ...row, MBPerSecond: row.megabytes / row.seconds })),
    { name: 'all stages', seconds: together },
  ];
}

/** Seconds since it was asked before. */
function clock(): () => number {
  let beforeMs = performance.now();
  return () => {
    const nowMs = performance.now();
    const seconds = (nowMs - beforeMs) / 1000;
    beforeMs = nowMs;
    return seconds;
  };
}
