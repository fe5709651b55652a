import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import Database from 'libsql';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '#protocol/bytes.ts';
import { errorCode, errorMessage } from '#protocol/errors.ts';
import type { DevnetNode } from '#network/devnet/node/devnet-node.ts';
import { faucetKey } from '#network/devnet/node/faucet.ts';
import { openChain } from '#network/devnet/node/open-chain.ts';
import { openBlockStore } from '#network/devnet/node/sqlite-block-store.ts';
import { testGenesis } from '../../../support/devnet-genesis.ts';
import { signedTransfers } from '../../../support/devnet-transfers.ts';

let dir: string;
beforeAll(async () => {
  await cryptoWaitReady();
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-devnet-store-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = (fields = {}) => openChain(dir, testGenesis(fields), () => undefined);
const path = (): string => join(dir, 'devnet.db');

/** Makes blocks with a transfer each. */
function makeBlocks(node: DevnetNode, count: number): void {
  for (let made = 0; made < count; made += 1) {
    const { number } = node.head.header;
    const [transfer] = signedTransfers(node.rules, faucetKey(), 1, { firstNonce: number, amountRao: 1_000_000n });
    expect(node.submit(transfer!, () => undefined).kind).toBe('admitted');
    node.produceBlock(1_800_000_000_000 + number);
  }
}

/** Everything that can be read of a chain. */
function picture(node: DevnetNode): unknown {
  const hashes = Array.from({ length: node.head.header.number + 1 }, (_, number) => node.blockHash(number)!);
  return {
    finalized: node.finalized.hash,
    blocks: hashes.map((hash) => node.block(hash)),
    states: hashes.map((hash) => {
      const state = node.state(hash)!;
      return state.keys('').map((key) => [key, toHex(state.raw(key)!)]);
    }),
  };
}

function openError(): unknown {
  try {
    open().close();
  } catch (error) {
    return error;
  }
  throw new Error('It was opened');
}

describe('a devnet that is taken up again', () => {
  it('has the same blocks, finalized head and states, and goes on as if it had never stopped', () => {
    const first = open();
    makeBlocks(first.node, 5);
    const before = picture(first.node);
    first.close();

    const second = open({ name: 'Another name', chainId: 'another' });
    expect(picture(second.node)).toEqual(before);
    expect(second.genesis.name).toBe('Test devnet');
    makeBlocks(second.node, 2);
    const after = picture(second.node);
    second.close();

    const third = open();
    expect(picture(third.node)).toEqual(after);
    third.close();
  });

  it('reads back after its time is set back, and blocks go on later all the same', () => {
    const { node, close } = open();
    node.produceBlock(2_000);
    const block = node.produceBlock(1_000);
    expect(block.extrinsics[0]).not.toEqual(node.block(node.blockHash(1)!)?.extrinsics[0]);
    close();
    const again = open();
    expect(again.node.produceBlock(0).header.number).toBe(3);
    again.close();
  });

  it('has its genesis when it was stopped before its first block', () => {
    const { node, close } = open();
    close();
    const again = open();
    expect(again.node.genesisHash).toBe(node.genesisHash);
    again.close();
  });

  it('starts anew when its making was interrupted', () => {
    writeFileSync(`${path()}.new`, 'half a database');
    const { node, close } = open();
    expect(node.head.header.number).toBe(0);
    close();
    expect(readdirSync(dir)).toEqual(['devnet.db']);
  });
});

it('a block that cannot be stored has never been, and the next one is made as if it had not been tried', () => {
  const { node, close } = open();
  makeBlocks(node, 1);
  const before = picture(node);
  const heard: string[] = [];
  node.onBlock({ best: ({ hash }) => heard.push(hash) });
  close();
  expect(() => node.produceBlock(1_900_000_000_000)).toThrow(`Cannot write block 2 to ${path()}`);
  expect(heard).toEqual([]);

  const again = open();
  expect(picture(again.node)).toEqual(before);
  again.close();
});

it('old values of the state leave the disk once nobody can ask for them, also those of removed entries', () => {
  const { node, close } = open();
  makeBlocks(node, 6);
  close();
  const store = openBlockStore(dir, '');
  const chain = store.load(100)!;
  const last = chain.blocks.at(-1)!;
  const next = { ...last, hash: '77'.repeat(32), header: { ...last.header, number: 7 } };
  store.append(next, new Map([['aa', null]]), 7);
  store.close();
  const database = new Database(path());
  const row: unknown = database.prepare('SELECT count(*) AS rows, count(DISTINCT key) AS keys FROM state').get();
  const removed: unknown = database.prepare('SELECT count(*) AS rows FROM state WHERE value IS NULL').get();
  database.close();
  const { rows, keys } = row as { rows: number; keys: number };
  expect(rows).toBe(keys);
  expect(removed).toMatchObject({ rows: 0 });
});

it('is for one process at a time', () => {
  const { close } = open();
  const error = openError();
  expect(errorCode(error)).toBe('ALREADY_RUNNING');
  expect(errorMessage(error)).toContain(path());
  close();
});

describe('a devnet file', () => {
  const settle = (edit: string): void => {
    const database = new Database(path());
    database.exec(edit);
    database.close();
  };

  it.each([
    ['garbage in place of the file', () => writeFileSync(path(), 'x'.repeat(20_000)), 'not a database'],
    ['an empty file', () => writeFileSync(path(), ''), 'empty'],
    ['a file cut in the middle', () => truncateSync(path(), 12_288 + 100), 'database'],
    ["another program's database", () => settle('PRAGMA application_id = 0'), "not a devnet's"],
    ['a format from the future', () => settle('PRAGMA user_version = 2'), 'format 2'],
    ['another runtime', () => settle('UPDATE identity SET specVersion = 1'), 'runtime 1'],
    ['a genesis that is no description', () => settle("UPDATE identity SET genesis = '{}'"), 'Genesis'],
    ['a value that somebody changed', () => settle("UPDATE state SET value = x'01' WHERE since = 3"), 'another root'],
    ['a missing block', () => settle('DELETE FROM blocks WHERE number = 2'), 'another parent'],
    ['no genesis block', () => settle('DELETE FROM blocks WHERE number = 0'), 'block 0 is missing'],
    ['a header of another block', () => settle("UPDATE blocks SET hash = x'00' WHERE number = 3"), 'another hash'],
    [
      'extrinsics of another block',
      () => settle("UPDATE blocks SET extrinsics = x'00' WHERE number = 3"),
      'extrinsics',
    ],
  ])('with %s is refused by name, with the reason and what to do, and left as it is', (_what, damage, reason) => {
    const { node, close } = open();
    makeBlocks(node, 3);
    close();
    damage();
    const before = readFileSync(path());

    const error = openError();
    expect(errorCode(error)).toBe('DATABASE');
    expect(errorMessage(error)).toContain(path());
    expect(errorMessage(error)).toContain(reason);
    expect(errorMessage(error)).toContain('move it away');
    expect(readFileSync(path()).equals(before)).toBe(true);
  });
});
