import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { fetchInto } from '#worker/blobs/fetch-blob.ts';
import { startPeer } from '#worker/peer/node.ts';
import type { BenchResult } from '../../../scripts/bench/report.ts';
import { RAW_PROTOCOL, type Served, rawNode, receiveRaw } from './transfer-server.ts';
import { median } from './median.ts';

/** The process of blob-transfer.bench.ts that receives; its sender has the same flags. 256 MiB over loopback from another process: into a store, verified, against a bare libp2p stream whose bytes nobody looks at. */
const BLOB_BYTES = 256 * 1024 * 1024;
const PAIRS = 5;
const CAPPED_RUNS = 3;

const warn = (message: string): void => void process.stderr.write(`${message}\n`);

/**
 * Megabytes a second of one large blob, our protocol against a bare libp2p stream, in alternating runs. Then one sender against
 * three, each with a cap on what it sends: without one, the two ends together use up a small machine's cores, and three senders
 * are no faster than one.
 */
async function measure(files: string): Promise<BenchResult> {
  const memory = '/dev/shm';
  const parent = files === 'memory' && existsSync(memory) ? memory : tmpdir();
  const folder = await mkdtemp(join(parent, 'millrace-bench-'));
  const server = fork(join(import.meta.dirname, 'transfer-server.ts'), [folder, String(BLOB_BYTES)]);
  const [served] = (await once(server, 'message')) as [Served];
  const peer = await startPeer({ listenAddress: '/ip4/127.0.0.1/tcp/0', seed: new Uint8Array(32).fill(9), warn });
  const raw = await rawNode();
  const store = await openBlobStore({ folder: join(folder, 'fetched'), warn });
  const { hash, address, rawAddress, capped } = served;
  const fetchFrom = async (sources: readonly string[]): Promise<void> => {
    await store.remove(hash);
    await fetchInto(store, { peer, hash, sources });
  };
  const pairs = {
    'raw stream': () => receiveRaw(raw, rawAddress, RAW_PROTOCOL, BLOB_BYTES),
    fetchInto: () => fetchFrom([address]),
  };
  const cappedPairs = {
    'one capped sender': () => fetchFrom(capped.slice(0, 1)),
    'three capped senders': () => fetchFrom(capped),
  };
  try {
    const rates = { ...(await alternate(pairs, PAIRS)), ...(await alternate(cappedPairs, CAPPED_RUNS)) };
    const rows = Object.entries(rates).map(([name, values]) => row(name, values));
    const overRaw = ratio(rates, 'fetchInto', 'raw stream');
    const overOne = ratio(rates, 'three capped senders', 'one capped sender');
    return {
      runs: PAIRS,
      rows,
      verdicts: [
        { name: 'fetchInto ÷ raw stream', value: overRaw, goal: '>= 0.8', ok: overRaw >= 0.8 },
        { name: 'three capped senders ÷ one', value: overOne, goal: '> 1', ok: overOne > 1 },
      ],
    };
  } finally {
    server.disconnect();
    await Promise.all([peer.stop(), raw.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

type Rates = Readonly<Record<string, readonly number[]>>;

/** Runs each in turn, again and again; once before, to open connections, windows and caches, which is not counted. */
async function alternate(ways: Readonly<Record<string, () => Promise<void>>>, runs: number): Promise<Rates> {
  const rates: Record<string, number[]> = {};
  for (let run = -1; run < runs; run += 1) {
    for (const [name, way] of Object.entries(ways)) {
      const startMs = performance.now();
      await way();
      if (run >= 0) (rates[name] ??= []).push(BLOB_BYTES / 1000 / (performance.now() - startMs));
    }
  }
  return rates;
}

const ratio = (rates: Rates, a: string, b: string): number => median(rates[a] ?? []) / median(rates[b] ?? []);

function row(name: string, rates: readonly number[]): BenchResult['rows'][number] {
  return {
    name,
    medianMBPerSecond: median(rates),
    leastMBPerSecond: Math.min(...rates),
    mostMBPerSecond: Math.max(...rates),
  };
}

process.send?.(await measure(process.argv[2] ?? 'memory'));
process.disconnect();
