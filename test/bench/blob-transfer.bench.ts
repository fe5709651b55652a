import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { fetchBlob, fetchInto } from '#worker/blobs/fetch-blob.ts';
import { startPeer } from '#worker/peer/node.ts';
import type { BenchResult } from '../../scripts/bench/report.ts';
import { RAW_PROTOCOL, type Served, rawNode, receiveRaw } from './blob-transfer-server.ts';
import { median } from './support/median.ts';

/** 64 MiB over loopback from another process: as blobs, verified, against a bare libp2p stream whose bytes nobody looks at. */
const BLOB_BYTES = 64 * 1024 * 1024;
const PAIRS = 5;

const warn = (message: string): void => void process.stderr.write(`${message}\n`);

/** Megabytes a second of one large blob over loopback, our protocol against a bare libp2p stream, in alternating runs. */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const server = fork(join(import.meta.dirname, 'blob-transfer-server.ts'), [folder, String(BLOB_BYTES)]);
  const [served] = (await once(server, 'message')) as [Served];
  const peer = await startPeer({ listenAddress: '/ip4/127.0.0.1/tcp/0', seed: new Uint8Array(32).fill(9), warn });
  const raw = await rawNode();
  const store = await openBlobStore({ folder: join(folder, 'fetched'), warn });
  const { hash, address, rawAddress } = served;
  const ways = {
    'raw stream': () => receiveRaw(raw, rawAddress, RAW_PROTOCOL, BLOB_BYTES),
    fetchBlob: () => fetchBlob({ peer, hash, sources: [address] }),
    fetchInto: () => store.remove(hash).then(() => fetchInto(store, { peer, hash, sources: [address] })),
  };
  try {
    const rates = { 'raw stream': [], fetchBlob: [], fetchInto: [] } as Record<keyof typeof ways, number[]>;
    const names = Object.keys(ways) as (keyof typeof ways)[];
    // One round to open connections, windows and caches, which is not counted.
    for (let pair = -1; pair < PAIRS; pair += 1) {
      for (const name of names) {
        const startMs = performance.now();
        await ways[name]();
        if (pair >= 0) rates[name].push(BLOB_BYTES / 1000 / (performance.now() - startMs));
      }
    }
    const rows = names.map((name) => row(name, rates[name]));
    const value = median(rates.fetchBlob) / median(rates['raw stream']);
    return {
      runs: PAIRS,
      rows,
      verdicts: [{ name: 'fetchBlob ÷ raw stream', value, goal: '>= 0.8', ok: value >= 0.8 }],
    };
  } finally {
    server.kill();
    await Promise.all([peer.stop(), raw.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

function row(name: string, rates: readonly number[]): BenchResult['rows'][number] {
  return {
    name,
    medianMBPerSecond: median(rates),
    leastMBPerSecond: Math.min(...rates),
    mostMBPerSecond: Math.max(...rates),
  };
}
