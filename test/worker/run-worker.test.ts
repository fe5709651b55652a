import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { chainStartSchema, runChain, type RunningDevnet } from '#network/devnet/run-chain.ts';
import { toHex } from '#protocol/bytes.ts';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import { check } from '#protocol/envelope.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { encodeRunSpec } from '#protocol/run-spec.ts';
import type { ChildMessage, WorkerStart } from '#protocol/worker-messages.ts';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { publishCommitment } from '#worker/run/publish-commitment.ts';
import { startWorker } from '#worker/run-worker.ts';
import { NETUID, owner, testGenesis, testKey } from '../support/chain-fixtures.ts';
import { pageBytes, smallRun } from '../support/small-run.ts';

/** Of the worker. */
const SEED = 9;
const hotkey = hotkeyOf(testKey(SEED));
/** 3 M parameters. */
const model = { ...smallRun.model, hiddenSize: 256, layers: 4, headSize: 128, ffnSize: 704 };
/** Long enough for what a worker leaves for compressing and announcing before it has measured that. */
const round = { blocks: 80, trainBlocks: 70, leadBlocks: 3 };
const specBytes = encodeRunSpec({ ...smallRun, model, round });

let folder: string;
let chain: RunningDevnet;
let client: ChainClient;
let config: WorkerStart;

/** A real chain with a published run, whose specification and text the worker has already: it needs no one else. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-worker-'));
  const members = [owner, { hot: testKey(SEED), cold: testKey(SEED + 1) }];
  const genesis = testGenesis({
    validators: members.map(({ hot, cold }) => ({
      ...{ hotkey: hotkeyOf(hot), coldkey: coldkeyOf(cold), stakeAlpha: '1' },
    })),
  });
  const start = { kind: 'start-chain', dataDir: join(folder, 'chain'), port: 0, genesis };
  chain = await runChain(check(chainStartSchema, start, 'Chain'), () => undefined);
  client = createSubtensorClient({ endpoints: [chain.url], webSocket: WebSocket });
  const store = await openBlobStore({ folder: join(folder, 'worker/blobs'), warn: () => undefined });
  const runSpec = await store.put(specBytes);
  for (const page of smallRun.data.pages.keys()) await store.put(pageBytes(page));
  await publishCommitment(client, NETUID, { ...NO_COMMITMENT, runSpec }, owner.hot, AbortSignal.timeout(5_000));
  config = {
    ...{ kind: 'start-worker', chainUrl: chain.url, netuid: NETUID, dataDir: join(folder, 'worker') },
    ...{ hotkeySeedHex: toHex(new Uint8Array(32).fill(SEED)), threads: 1, listenAddress: '/ip4/127.0.0.1/tcp/0' },
  };
});

afterAll(async () => {
  client.close();
  await chain.stop();
  await rm(folder, { recursive: true });
});

const committed = async (): Promise<boolean> =>
  (await client.commitments(NETUID, null, AbortSignal.timeout(5_000))).some((entry) => entry.hotkey === hotkey);

test('a worker ends where a run has to be there and its owner has published none', async () => {
  const genesis = testGenesis({
    validators: [{ hotkey, coldkey: coldkeyOf(testKey(SEED + 1)), stakeAlpha: '1' }],
  });
  const start = { kind: 'start-chain', dataDir: join(folder, 'empty-chain'), port: 0, genesis };
  const empty = await runChain(check(chainStartSchema, start, 'Chain'), () => undefined);
  const there = { ...config, chainUrl: empty.url, dataDir: join(folder, 'nothing'), expectsRun: true };
  const ended = startWorker(
    there,
    () => undefined,
    AbortSignal.timeout(15_000),
    () => 8e9,
  );
  await expect(ended).rejects.toMatchObject({
    code: 'NO_RUN',
    message: expect.stringMatching(
      new RegExp(`^Subnet ${NETUID} has nothing to train yet: its owner has published no run`),
    ) as unknown,
  });
  await empty.stop();
});

test('a worker on a devnet says once that the first run is awaited, until it is stopped', async () => {
  const genesis = testGenesis({
    validators: [{ hotkey, coldkey: coldkeyOf(testKey(SEED + 1)), stakeAlpha: '1' }],
  });
  const start = { kind: 'start-chain', dataDir: join(folder, 'young-chain'), port: 0, genesis };
  const young = await runChain(check(chainStartSchema, start, 'Chain'), () => undefined);
  const blocks = createSubtensorClient({ endpoints: [young.url], webSocket: WebSocket });
  const said: ChildMessage[] = [];
  const stop = new AbortController();
  let waited: () => void;
  const awaited = new Promise<void>((resolve) => (waited = resolve));
  const there = { ...config, chainUrl: young.url, dataDir: join(folder, 'waiting') };
  const send = (message: ChildMessage): void => {
    said.push(message);
    if (message.kind === 'worker-state' && message.state.kind === 'awaiting-run') waited();
  };
  const ended = startWorker(there, send, stop.signal, () => 8e9);
  await Promise.race([awaited, ended]);
  // Some blocks more, in which nothing is said again.
  await new Promise<void>((resolve) => {
    let left = 4;
    const unsubscribe = blocks.onBlock(() => {
      left -= 1;
      if (left === 0) resolve();
    });
    stop.signal.addEventListener('abort', unsubscribe);
  });
  stop.abort();
  await ended.catch((error: unknown) => error);
  const states = said.flatMap((message) => (message.kind === 'worker-state' ? [message.state.kind] : []));
  expect(states).toEqual(['connecting', 'awaiting-run']);
  blocks.close();
  await young.stop();
});

test('a worker takes the next address when the first is another chain than the one that is meant', async () => {
  const genesis = testGenesis();
  const start = { kind: 'start-chain', dataDir: join(folder, 'foreign-chain'), port: 0, genesis };
  const foreign = await runChain(check(chainStartSchema, start, 'Chain'), () => undefined);
  const { genesisHash } = await client.info();
  const there = { ...config, chainUrl: foreign.url, chainFallbackUrls: [chain.url], genesisHash, expectsRun: true };
  const ended = startWorker(
    there,
    () => undefined,
    AbortSignal.timeout(15_000),
    () => 20_000_000,
  );
  await expect(ended, 'it found the run').rejects.toMatchObject({ code: 'SHARD_TOO_LARGE' });
  await foreign.stop();
});

test('a worker refuses a model that does not fit, with the numbers, before others count on it', async () => {
  const said: ChildMessage[] = [];
  const availableBytes = 20_000_000;
  await expect(
    startWorker(
      config,
      (message) => said.push(message),
      AbortSignal.timeout(15_000),
      () => availableBytes,
    ),
  ).rejects.toMatchObject({
    code: 'SHARD_TOO_LARGE',
    message: expect.stringMatching(/does not fit .* It needs 0\.\d+ GB \(.*\); 0\.02 GB are free/) as string,
  });
  expect(said.map(({ kind }) => kind)).not.toContain('ready');
  expect(await committed()).toBe(false);
});

test('a worker trains on the CPU when the card is too small, and says the numbers', async () => {
  const said: ChildMessage[] = [];
  const stopping = new AbortController();
  const send = (message: ChildMessage): void => {
    said.push(message);
    if (message.kind === 'ready') stopping.abort();
  };
  await startWorker({ ...config, vramBytes: 1_000 }, send, stopping.signal, () => 8e9);
  expect(said).toContainEqual({
    ...{ kind: 'log', level: 'info' },
    message: expect.stringMatching(
      /^The CPU trains: the model does not fit the graphics card, which has 0\.00 GB: it needs 0\.\d+ GB, though all is saved that can be$/,
    ) as string,
  });
  expect(said.at(-1)).toEqual({ kind: 'ready', url: null });
  expect(await committed()).toBe(true);
});

test('a worker trains at its work share from the start, and at the next one as soon as the parent says it', async () => {
  const stopping = new AbortController();
  const trained: number[] = [];
  let tell: (share: number) => void = () => undefined;
  const send = (message: ChildMessage): void => {
    if (message.kind !== 'progress' || message.progress.phase !== 'compressing') return;
    trained.push(message.progress.step);
    // It rests for hours now, unless it hears this.
    if (trained.length === 1) tell(1);
    else stopping.abort();
  };
  const follow = (listener: typeof tell): void => void (tell = listener);
  await startWorker({ ...config, cpuOnly: true, workShare: 1e-6 }, send, stopping.signal, () => 8e9, follow);
  expect(trained).toHaveLength(2);
  expect(trained[0]).toBe(1);
  // Three, unless the machine is busy.
  expect(trained[1]).toBeGreaterThan(1);
});
