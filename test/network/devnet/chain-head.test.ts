/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call -- answers of JSON-RPC */
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { DevnetNode } from '#network/devnet/node/devnet-node.ts';
import { faucetKey } from '#network/devnet/node/faucet.ts';
import { genesisState } from '#network/devnet/node/genesis.ts';
import { RpcConnection } from '#network/devnet/rpc/connection.ts';
import { rpcMethods } from '#network/devnet/rpc/methods.ts';
import { createDevnetRuntime } from '#network/devnet/runtime/devnet-runtime.ts';
import { testGenesis } from '../../support/devnet-genesis.ts';
import { signedTransfers } from '../../support/devnet-transfers.ts';

type Json = Readonly<Record<string, unknown>>;

let node: DevnetNode;
let connection: RpcConnection;
let events: Json[] = []; // of older methods some are plain words
let nowMs = 1_800_000_000_000;

beforeAll(async () => {
  await cryptoWaitReady();
});
beforeEach(() => {
  events = [];
  const entries = Array.from(
    { length: 600 },
    (_, n) => [`ee${n.toString(16).padStart(4, '0')}`, utf8(`${n}`)] as const,
  );
  const genesis = genesisState(testGenesis(), (state) => state.apply(new Map(entries)));
  node = new DevnetNode({ rules: { runtime: createDevnetRuntime(), metadataHash: null }, genesis: () => genesis });
  const methods = rpcMethods(node, { name: 'Test devnet', version: '0' });
  const send = (text: string): void => {
    const { params } = JSON.parse(text) as { params: { result: Json } };
    events.push(params.result);
  };
  connection = new RpcConnection({ methods, send, canSubscribe: true, log: () => undefined });
});

const makeBlock = (): string => node.produceBlock((nowMs += 1)).hash;
const hashAt = (number: number): string => `0x${node.blockHash(number) ?? ''}`;
const names = (): unknown[] => events.map(({ event }) => event);

/** Events that the request causes have come when this resolves. */
async function ask(method: string, ...params: readonly unknown[]): Promise<any> {
  const answer = JSON.parse(connection.receive(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })) ?? '') as {
    result?: unknown;
    error?: { code: number };
  };
  await Promise.resolve();
  return answer.error === undefined ? answer.result : answer.error.code;
}

const transfer = (nonce: number): string =>
  `0x${toHex(signedTransfers(node.rules, faucetKey(), 1, { firstNonce: nonce, amountRao: 1_000_000n })[0]!)}`;

it('tells a follower of the finalized blocks, of those since, and of each new one in order', async () => {
  for (let block = 0; block < 20; block += 1) makeBlock();
  await ask('chainHead_v1_follow', true);
  expect(names()).toEqual(['initialized', 'newBlock', 'newBlock', 'bestBlockChanged']);
  const { finalizedBlockHashes, finalizedBlockRuntime } = events[0] as any;
  expect(finalizedBlockHashes).toHaveLength(16);
  expect(finalizedBlockHashes.at(-1)).toBe(hashAt(18));
  expect(finalizedBlockRuntime.spec.specName).toBe('node-subtensor');
  expect(events[1]).toEqual({
    event: 'newBlock',
    ...{ blockHash: hashAt(19), parentBlockHash: hashAt(18), newRuntime: null },
  });
  events = [];
  const hash = makeBlock();
  expect(events).toMatchObject([
    { event: 'newBlock', blockHash: `0x${hash}`, parentBlockHash: hashAt(20) },
    { event: 'bestBlockChanged', bestBlockHash: `0x${hash}` },
    { event: 'finalized', finalizedBlockHashes: [hashAt(19)], prunedBlockHashes: [] },
  ]);
});

it('answers about pinned blocks only, and lets go of them all or none', async () => {
  makeBlock();
  const id = await ask('chainHead_v1_follow', false);
  expect(await ask('chainHead_v1_header', id, hashAt(1))).toMatch(/^0x/);
  expect(await ask('chainHead_v1_body', id, hashAt(1))).toEqual({ result: 'started', operationId: '1' });
  expect(events.at(-1)).toMatchObject({ event: 'operationBodyDone', operationId: '1', value: [expect.any(String)] });
  expect(await ask('chainHead_v1_unpin', id, [hashAt(1), hashAt(1)])).toBe(-32804);
  expect(await ask('chainHead_v1_unpin', id, [hashAt(1), `0x${'11'.repeat(32)}`])).toBe(-32801);
  expect(await ask('chainHead_v1_unpin', id, hashAt(1))).toBeNull();
  expect(await ask('chainHead_v1_header', id, hashAt(1))).toBe(-32801);
  expect(await ask('chainHead_v1_unfollow', id)).toBeNull();
  expect(await ask('chainHead_v1_header', id, hashAt(0))).toBeNull();
  expect(await ask('chainHead_v1_body', id, hashAt(0))).toEqual({ result: 'limitReached' });
});

it('gives much storage piece by piece as the client asks on, or not at all when it stops', async () => {
  const id = await ask('chainHead_v1_follow', false);
  events = [];
  const storage = [{ key: '0xee', type: 'descendantsValues' }];
  const { operationId } = await ask('chainHead_v1_storage', id, hashAt(0), storage, null);
  expect(names()).toEqual(['operationStorageItems', 'operationWaitingForContinue']);
  expect(await ask('chainHead_v1_continue', id, operationId)).toBeNull();
  await ask('chainHead_v1_continue', id, operationId);
  expect(names().at(-1)).toBe('operationStorageDone');
  const items = events.flatMap((event) => (event['items'] ?? []) as { key: string }[]);
  expect(items.map(({ key }) => key)).toEqual(
    Array.from({ length: 600 }, (_, n) => `0xee${n.toString(16).padStart(4, '0')}`),
  );
  expect(await ask('chainHead_v1_continue', id, operationId)).toBe(-32803);

  const stopped = await ask('chainHead_v1_storage', id, hashAt(0), storage, null);
  await ask('chainHead_v1_stopOperation', id, stopped.operationId);
  expect(await ask('chainHead_v1_continue', id, stopped.operationId)).toBe(-32803);
  expect(await ask('chainHead_v1_storage', id, hashAt(0), [{ key: '0x', type: 'closestDescendantMerkleValue' }])).toBe(
    -32602,
  );
});

it('calls runtime APIs, and says in an event why one failed', async () => {
  const id = await ask('chainHead_v1_follow', false);
  await ask('chainHead_v1_call', id, hashAt(0), 'Core_version', '0x');
  expect(events.at(-1)).toMatchObject({ event: 'operationCallDone' });
  await ask('chainHead_v1_call', id, hashAt(0), 'Core_nothing', '0x');
  expect(events.at(-1)).toMatchObject({ event: 'operationError', error: expect.stringContaining('Core_nothing') });
});

it('stops a follower that never unpins, and lets one connection have four', async () => {
  const first = await ask('chainHead_v1_follow', false);
  for (let more = 0; more < 3; more += 1) await ask('chainHead_v1_follow', false);
  expect(await ask('chainHead_v1_follow', false)).toBe(-32800);
  for (let more = 0; more < 3; more += 1) await ask('chainHead_v1_unfollow', `${more + 2}`);
  events = [];
  for (let block = 0; block < 600; block += 1) makeBlock();
  expect(events.at(-1)).toEqual({ event: 'stop' });
  expect(names().filter((name) => name === 'newBlock')).toHaveLength(511);
  expect(await ask('chainHead_v1_header', first, hashAt(1))).toBeNull();
  expect(await ask('chainHead_v1_follow', false)).toBe('5');
});

it('sends a transaction again until its turn has come', async () => {
  const second = await ask('transaction_v1_broadcast', transfer(1));
  const third = await ask('transaction_v1_broadcast', transfer(400));
  makeBlock();
  await ask('author_submitExtrinsic', transfer(0));
  makeBlock();
  expect(node.head.header.number).toBe(2);
  expect(node.head.extrinsics).toHaveLength(3);
  expect(await ask('transaction_v1_stop', second)).toBeNull();
  expect(await ask('transaction_v1_stop', second)).toBe(-32602);
  expect(await ask('transaction_v1_stop', third)).toBeNull();
});

it('archive answers about every block, and gives storage in events', async () => {
  makeBlock();
  expect(await ask('archive_v1_finalizedHeight')).toBe(0);
  expect(await ask('archive_v1_hashByHeight', 1)).toEqual([hashAt(1)]);
  expect(await ask('archive_v1_hashByHeight', 2)).toEqual([]);
  expect(await ask('archive_v1_body', hashAt(1))).toHaveLength(1);
  expect(await ask('archive_v1_body', `0x${'11'.repeat(32)}`)).toBeNull();
  expect(await ask('archive_v1_call', hashAt(1), 'Core_version', '0x')).toMatchObject({ success: true });
  await ask('archive_v1_storage', hashAt(0), [{ key: '0xee0001', type: 'value' }], null);
  expect(events).toEqual([{ event: 'storage', key: '0xee0001', value: '0x31' }, { event: 'storageDone' }]);
});

it('a watched transaction takes no subscription any more once it is final', async () => {
  const [included, waiting] = [
    await ask('author_submitAndWatchExtrinsic', transfer(0)),
    await ask('author_submitAndWatchExtrinsic', transfer(2)),
  ];
  for (let block = 0; block < 3; block += 1) makeBlock();
  expect(events).toEqual(['ready', 'future', { inBlock: hashAt(1) }, { finalized: hashAt(1) }]);
  expect(await ask('author_unwatchExtrinsic', included)).toBe(false);
  expect(await ask('author_unwatchExtrinsic', waiting)).toBe(true);
});
