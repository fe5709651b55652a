import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { toHex } from '#protocol/bytes.ts';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import { coldkeyOf, hotkeyOf, keyPairFromSeed } from '#protocol/keys.ts';
import { endBlock, firstBlock, roundOf } from '#protocol/round/clock.ts';
import { encodeRunSpec } from '#protocol/run-spec.ts';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { type BlockClock, createBlockClock } from '#worker/run/block-clock.ts';
import { publishCommitment } from '#worker/run/publish-commitment.ts';
import type { ProcessEntry } from '#main/core/process-host.ts';
import type { Side } from './side.ts';
import type { SwarmRecord, SwarmUse, Use } from './swarm-rounds.ts';
import type { StreamBytes, SwarmRequests, SwarmTally } from './swarm-requests.ts';
import { swarmRun } from './swarm-run.ts';

export interface SwarmOptions {
  readonly workers: number;
  readonly rounds: number;
  readonly perProcess: number;
  readonly blockMs: number;
  readonly start: (entry: ProcessEntry) => Side<SwarmRequests>;
  readonly tell: (line: string) => void;
}

const NETUID = 3;
/** Of the blocks of a round, those to train and to send; in the rest the validator judges and all apply. */
const TIMING = { blocks: 20, trainBlocks: 13, leadBlocks: 3 };
const LISTEN = '/ip4/127.0.0.1/tcp/0';
const STAKE_RAO = '1000000000000';
const POLL_MS = 500;
const QUOTA_BYTES = 1024 ** 3;
/** Rounds before the first that is measured: those who have just started connect, measure their trainer, and are late. */
const WARM_UP_ROUNDS = 2;

/** Seeds that are the same in every run. */
const seedOf = (kind: number, n: number): Uint8Array => new Uint8Array(32).fill(kind).fill(n + 1, 0, 1);
const keyOf = (kind: number, n: number) => keyPairFromSeed(seedOf(kind, n));
const OWNER = keyOf(201, 0);
const VALIDATOR = 202;
const WORKER = 203;

/** A whole network, every part of it as it ships: a chain, a validator, and workers, several in a process. */
export async function runSwarm(options: SwarmOptions): Promise<SwarmRecord> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-swarm-'));
  const sides: Side<SwarmRequests>[] = [];
  const start = (entry: ProcessEntry): Side<SwarmRequests> => {
    const side = options.start(entry);
    sides.push(side);
    return side;
  };
  const stopping = new AbortController();
  const { signal } = stopping;
  const cleanUp: (() => void)[] = [];
  try {
    const { spec, pages } = swarmRun(TIMING);
    const validator = keyOf(VALIDATOR, 0);
    const chainUrl = await start('chain').ask('chain', {
      kind: 'start-chain',
      dataDir: join(home, 'chain'),
      port: 0,
      genesis: {
        ...{ blockMs: options.blockMs, netuid: NETUID, tempo: TIMING.blocks },
        ...{
          ownerHotkey: hotkeyOf(validator),
          ownerColdkey: coldkeyOf(OWNER),
          balances: [{ account: coldkeyOf(OWNER), amountRao: '1000000000000' }],
        },
        validators: [{ hotkey: hotkeyOf(validator), coldkey: coldkeyOf(OWNER), stakeAlpha: STAKE_RAO }],
      },
    });
    const chain = createSubtensorClient({ endpoints: [chainUrl], webSocket: WebSocket });
    const clock = createBlockClock(chain);
    cleanUp.push(
      () => clock.stop(),
      () => chain.close(),
    );
    const blockAtMs = new Map<number, number>();
    cleanUp.push(chain.onBlock(({ number }) => void blockAtMs.set(number, Date.now())));

    // The owner's run, where the validator finds it when it starts.
    const folder = (name: string): string => join(home, name);
    await mkdir(join(folder('validator'), 'blobs'), { recursive: true });
    const store = await openBlobStore({ folder: join(folder('validator'), 'blobs'), warn: options.tell });
    for (const page of pages) await store.put(page);
    const runSpec = await store.put(encodeRunSpec(spec));
    await publishCommitment(chain, NETUID, { ...NO_COMMITMENT, runSpec }, validator, signal);
    const hotkeys = Array.from({ length: options.workers }, (_, n) => hotkeyOf(keyOf(WORKER, n)));
    await Promise.all(
      hotkeys.map((hotkey) => chain.submit({ kind: 'register', netuid: NETUID, hotkey }, OWNER, signal)),
    );

    const common = (name: string, kind: number, n: number) => ({
      ...{ chainUrl, netuid: NETUID, dataDir: folder(name), threads: 1, listenAddress: LISTEN },
      ...{ hotkeySeedHex: toHex(seedOf(kind, n)), blobQuotaBytes: QUOTA_BYTES },
    });
    const judge = start('validator');
    await judge.ask('validator', { kind: 'start-validator', ...common('validator', VALIDATOR, 0), found: null });
    const groups: Side<SwarmRequests>[] = [];
    const said: SwarmTally['said'][number][] = [];
    const look = async (): Promise<SwarmUse> => {
      const [ofJudge, ...ofGroups] = await Promise.all([judge, ...groups].map((side) => side.ask('tally', null)));
      if (ofJudge === undefined) throw new Error('There is no validator');
      for (const tally of [ofJudge, ...ofGroups]) {
        for (const each of tally.said) {
          said.push(each);
          if (each.message.kind === 'failed') options.tell(`${each.name} has failed: ${each.message.message}`);
          if (each.message.kind === 'log' && each.message.level !== 'info') {
            options.tell(`${each.name}: ${each.message.message}`);
          }
        }
      }
      return { validator: useOf([ofJudge]), workers: useOf(ofGroups) };
    };
    // A worker's process has a small nursery for new objects. Several workers would fill one at once, and what lives a moment only
    // would be moved to the old objects: they get the usual one.
    const groupEntry = options.perProcess === 1 ? 'worker' : 'chain';
    let emptyRssBytes = 0;
    for (let from = 0; from < options.workers; from += options.perProcess) {
      const group = start(groupEntry);
      groups.push(group);
      emptyRssBytes += (await group.ask('tally', null)).rssBytes;
      const count = Math.min(options.perProcess, options.workers - from);
      const names = Array.from({ length: count }, (__, i) => from + i);
      await mkdirAll(names.map((n) => folder(`worker-${n}`)));
      await group.ask(
        'workers',
        names.map((n) => {
          const name = `worker-${n}`;
          return { name, kind: 'start-worker', ...common(name, WORKER, n), cpuOnly: true };
        }),
      );
      // One machine reads the chain's metadata for all of them: at once they would starve each other, as those of many machines do not.
      const ready = from + count + 1;
      await untilAll(
        look,
        () => readyCount(said) >= ready,
        options.tell,
        () => readyCount(said),
      );
    }

    const now = roundOf((await clock.waitFor(0, signal)).number, TIMING);
    const firstRound = now + 1 + WARM_UP_ROUNDS;
    const rounds = Array.from({ length: options.rounds }, (__, i) => firstRound + i);
    await clock.waitFor(firstBlock(firstRound, TIMING), signal);
    const uses = [await look()];
    for (const round of rounds) {
      await clock.waitFor(endBlock(round, TIMING), signal);
      uses.push(await look());
      options.tell(`${options.workers} workers: round ${round} is over${roundWords(said, round)}`);
    }
    // The workers hear of the last manifest a little later than it is there.
    const lastRound = firstRound + options.rounds - 1;
    for (let block = 0; block < TIMING.blocks && reports(said, lastRound) < options.workers; block += 1) {
      await waitBlocks(clock, 1, signal);
      await look();
    }
    const [load = 0] = loadavg();
    return { workers: options.workers, rounds, timing: TIMING, blockAtMs, said, uses, emptyRssBytes, load };
  } finally {
    stopping.abort();
    for (const clean of cleanUp) clean();
    for (const side of sides) side.end();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

const mkdirAll = (paths: readonly string[]) => Promise.all(paths.map((path) => mkdir(path, { recursive: true })));

const waitBlocks = (clock: BlockClock, count: number, signal: AbortSignal) =>
  clock.waitFor((clock.current()?.number ?? 0) + count, signal);

const readyCount = (said: SwarmTally['said']): number => said.filter(({ message }) => message.kind === 'ready').length;

/** Workers that have told how the round ended. */
const reports = (said: SwarmTally['said'], round: number): number =>
  said.filter(({ message }) => message.kind === 'round' && message.round.round === round).length;

async function untilAll(
  look: () => Promise<unknown>,
  isDone: () => boolean,
  tell: (line: string) => void,
  count: () => number,
): Promise<void> {
  let told = -1;
  for (await look(); !isDone(); await look()) {
    if (count() !== told) tell(`${count()} are ready`);
    told = count();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function roundWords(said: SwarmTally['said'], round: number): string {
  for (const { message } of said) {
    if (message.kind !== 'manifest' || message.manifest.round !== round) continue;
    return `: ${message.manifest.announced} updates, ${message.manifest.selected} of them merged`;
  }
  return ', without a manifest';
}

function useOf(tallies: readonly SwarmTally[]): Use {
  const sum = (of: (tally: SwarmTally) => number): number => tallies.reduce((total, tally) => total + of(tally), 0);
  const traffic = (kind: 'chain' | 'peers') => ({
    sent: sum((tally) => tally[kind].sent),
    received: sum((tally) => tally[kind].received),
  });
  return {
    ...{ rssBytes: sum(({ rssBytes }) => rssBytes), cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds) },
    ...{ chain: traffic('chain'), peers: traffic('peers'), streams: sumStreams(tallies.map(({ streams }) => streams)) },
  };
}

function sumStreams(all: readonly SwarmTally['streams'][]): SwarmTally['streams'] {
  const protocols = new Set(all.flatMap((streams) => Object.keys(streams)));
  return Object.fromEntries(
    [...protocols].map((protocol) => {
      const sum = (of: keyof StreamBytes): number =>
        all.reduce((total, streams) => total + (streams[protocol]?.[of] ?? 0), 0);
      return [protocol, { streams: sum('streams'), sent: sum('sent'), received: sum('received') }];
    }),
  );
}
