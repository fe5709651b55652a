import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { check } from '#protocol/envelope.ts';
import type { DevnetNode } from '#network/devnet/node/devnet-node.ts';
import { genesisSchema } from '#network/devnet/node/genesis.ts';
import { openChain } from '#network/devnet/node/open-chain.ts';
import { rpcMethods } from '#network/devnet/rpc/methods.ts';
import { startRpcServer } from '#network/devnet/rpc/server.ts';
import type { BenchResult } from '../../scripts/bench/report.ts';
import { signedTransfers } from '../support/devnet-transfers.ts';
import type { ChainClientRequests, ClientMemory } from './support/chain-client-side.ts';
import { loadGenesis, sendTransfers, senders } from './support/devnet-load.ts';
import { median } from './support/median.ts';
import { startSide } from './support/side.ts';

/** `blocks`: that the client follows. `transfers`: that are sent over the RPC. */
export const options = {
  blocks: { least: 100, most: 1_000_000, usual: '10000' },
  transfers: { least: 16, most: 4_000, usual: '1600' },
  runs: { least: 1, most: 99, usual: '5' },
} as const;

const SIZES = [1, 100, 1_000] as const;
/** Blocks that the client may be behind. */
const BEHIND = 100;
/** Its caches are full by then. */
const WARM_BLOCKS = 1_000;

/** The devnet's chain: transactions over its RPC, how long a block takes, and what following many blocks costs a client of memory. */
export async function run(wished: Readonly<Record<'blocks' | 'transfers' | 'runs', string>>): Promise<BenchResult> {
  const runs = Number(wished.runs);
  await cryptoWaitReady();
  const [loadAverage] = loadavg();
  const builds = await buildTimes(runs);
  const loads = [];
  for (let at = 0; at < Math.min(3, runs); at += 1) {
    loads.push(await sendTransfers(Number(wished.transfers)));
    process.stderr.write(`Sent transfers, ${at + 1}\n`);
  }
  const client = await clientMemory(Number(wished.blocks));
  const grownMiB = client.after.heapMiB - client.warm.heapMiB;
  return {
    runs,
    rows: [
      { name: 'before', loadAverage },
      ...builds,
      {
        name: `${wished.transfers} transfers over the RPC`,
        acceptedPerSecond: median(loads.map(({ acceptedPerSecond }) => acceptedPerSecond)),
        includedPerSecond: median(loads.map(({ includedPerSecond }) => includedPerSecond)),
      },
      { name: `@polkadot/api after ${WARM_BLOCKS} blocks`, ...client.warm },
      {
        name: `@polkadot/api after ${wished.blocks} blocks`,
        ...{ ...client.after, blocksPerSecond: client.blocksPerSecond },
      },
    ],
    verdicts: [{ name: 'MiB of heap that the client grew by', value: grownMiB, goal: '<= 32', ok: grownMiB <= 32 }],
  };
}

/** Of blocks of each size on one chain with its file on disk; the order turns round each time. */
async function buildTimes(runs: number): Promise<BenchResult['rows']> {
  const times = new Map<number, number[]>(SIZES.map((size) => [size, []]));
  await withChain((node) => {
    for (let at = 0; at <= runs; at += 1) {
      for (const size of at % 2 === 0 ? SIZES : SIZES.toReversed()) {
        fill(node, size);
        const startMs = performance.now();
        const { extrinsics } = node.produceBlock(Date.now());
        const ms = performance.now() - startMs;
        if (extrinsics.length !== size + 1) throw new Error(`${extrinsics.length - 1} transfers instead of ${size}`);
        // The first time the compiler warms up.
        if (at > 0) times.get(size)?.push(ms);
      }
      process.stderr.write(`Built blocks, ${at} of ${runs}\n`);
    }
    return Promise.resolve();
  });
  return [...times].map(([size, all]) => ({
    name: `block of ${size} transfers`,
    ...{ medianMs: median(all), leastMs: Math.min(...all), mostMs: Math.max(...all) },
  }));
}

/** Lets so many transfers wait, shared out among the senders. */
function fill(node: DevnetNode, count: number): void {
  for (const [index, pair] of senders.entries()) {
    const share = Math.floor(count / senders.length) + (index < count % senders.length ? 1 : 0);
    const firstNonce = node.pool.nextNonce(node.headState, pair.publicKey);
    for (const transfer of signedTransfers(node.rules, pair, share, { firstNonce, amountRao: 1_000_000n })) {
      const admission = node.submit(transfer, () => undefined);
      if (admission.kind === 'refused') throw new Error(admission.reason);
    }
  }
}

/** A client in a process of its own, blocks as fast as it follows. */
async function clientMemory(
  blocks: number,
): Promise<{ readonly warm: ClientMemory; readonly after: ClientMemory; readonly blocksPerSecond: number }> {
  return withChain(async (node) => {
    const methods = rpcMethods(node, { name: 'Load', version: '0' });
    const server = await startRpcServer({ methods, port: 0, log: (line) => void process.stderr.write(`${line}\n`) });
    const side = startSide<ChainClientRequests>('chain-client');
    try {
      await side.ask('follow', { url: server.url });
      let warm: ClientMemory | null = null;
      const startMs = performance.now();
      for (let made = 1; made <= blocks; made += 1) {
        node.produceBlock(Date.now());
        await turn();
        if (made % BEHIND === 0) await side.ask('heard', { block: node.head.header.number });
        if (made === Math.min(WARM_BLOCKS, blocks)) warm = await side.ask('memory', null);
        if (made % 2_000 === 0) process.stderr.write(`Followed ${made} of ${blocks} blocks\n`);
      }
      await side.ask('heard', { block: node.head.header.number });
      const blocksPerSecond = (1000 * blocks) / (performance.now() - startMs);
      const after = await side.ask('memory', null);
      return { warm: warm ?? after, after, blocksPerSecond };
    } finally {
      side.end();
      await server.close();
    }
  });
}

async function withChain<T>(work: (node: DevnetNode) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-devnet-bench-'));
  const { node, close } = openChain(dataDir, check(genesisSchema, loadGenesis, 'Genesis'), () => undefined);
  try {
    return await work(node);
  } finally {
    close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
