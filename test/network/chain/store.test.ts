import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SignedCall } from '#protocol/chain/signed-call.ts';
import { check } from '#protocol/envelope.ts';
import { errorCode, errorMessage } from '#protocol/errors.ts';
import type { Uid } from '#protocol/ids.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { applyBlock } from '#network/chain/block.ts';
import { genesisSchema, genesisTip } from '#network/chain/genesis.ts';
import type { ChainTip } from '#network/chain/state.ts';
import { KEPT_HEADERS, openChainStore } from '#network/chain/store.ts';
import { NETUID, owner, testGenesis, testKey, validator } from '../../support/chain-fixtures.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-chain-store-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const genesis = (salt = '00'): ChainTip =>
  genesisTip(check(genesisSchema, testGenesis({ tempo: 2 }), 'Genesis'), { nowMs: 1_000, salt });
const neverAgain = (): ChainTip => {
  throw new Error('A stored chain was to be read, not a new one made');
};
const path = (): string => join(dir, 'chain.db');

const calls: readonly SignedCall[] = [
  {
    signer: testKey(21).address,
    nonce: 0,
    call: { kind: 'register', netuid: NETUID, hotkey: hotkeyOf(testKey(20)) },
  },
  {
    signer: validator.hot.address,
    nonce: 0,
    call: { kind: 'set-weights', netuid: NETUID, weights: [{ uid: 1 as Uid, weight: 9 }] },
  },
  {
    signer: testKey(20).address,
    nonce: 0,
    call: { kind: 'set-commitment', netuid: NETUID, fields: [new Uint8Array([1, 2, 3])] },
  },
];

/** Stores `blocks` blocks, the first with a call of each kind, and closes. */
function storeBlocks(blocks: number): ChainTip {
  const store = openChainStore(dir, genesis);
  let { tip } = store;
  for (let number = 1; number <= blocks; number += 1) {
    const block = applyBlock(tip, { nowMs: 1_000 + number, salt: '00', calls: number === 1 ? calls : [] });
    store.append(block.tip, block.emissions);
    ({ tip } = block);
  }
  store.close();
  return tip;
}

function openError(): unknown {
  try {
    openChainStore(dir, neverAgain).close();
  } catch (error) {
    return error;
  }
  throw new Error('The damaged store was opened');
}

describe('a chain store', () => {
  it('reads back exactly the chain that was written', () => {
    const tip = storeBlocks(5);
    const store = openChainStore(dir, neverAgain);
    expect(store.tip).toEqual(tip);
    expect(store.tip.state.commitments.size).toBe(1);
    store.close();
  });

  it('keeps headers and emissions of every block', () => {
    const tip = storeBlocks(5);
    const store = openChainStore(dir, neverAgain);
    expect(store.header(5)).toEqual({ number: 5, hash: tip.head.hash, timestampMs: 1_005 });
    expect(store.header(6)).toBeNull();
    expect(store.emissions(hotkeyOf(owner.hot), 0).map(({ block }) => block)).toEqual([2, 4]);
    expect(store.emissions(hotkeyOf(testKey(20)), 2)).toEqual([]);
    expect(store.emissions(hotkeyOf(testKey(20)), 0)).toEqual([
      { block: 2, hotkey: testKey(20).address, coldkey: testKey(21).address, amountAlpha: 820_000_000n, amountRao: 820_000_000n },
    ]);
    store.close();
  });

  it('forgets old headers and no emission', () => {
    const store = openChainStore(dir, genesis);
    const far = { ...store.tip, head: { ...store.tip.head, number: KEPT_HEADERS } };
    store.append(
      far,
      applyBlock(applyBlock(store.tip, { nowMs: 1, salt: '', calls: [] }).tip, { nowMs: 2, salt: '', calls: [] })
        .emissions,
    );
    expect(store.header(0)).toBeNull();
    expect(store.header(KEPT_HEADERS)?.number).toBe(KEPT_HEADERS);
    expect(store.emissions(hotkeyOf(owner.hot), 0)).toHaveLength(1);
    store.close();
  });

  it('writes all of a block or nothing: a block that fails halfway leaves the one before', () => {
    const store = openChainStore(dir, genesis);
    const block = applyBlock(store.tip, { nowMs: 2_000, salt: '00', calls });
    const twice = {
      block: 1,
      hotkey: hotkeyOf(owner.hot),
      coldkey: owner.cold.address as never,
      amountAlpha: 1n as never,
      amountRao: 1n as never,
    };
    expect(() => store.append(block.tip, [twice, twice])).toThrow(`Cannot write block 1 to ${path()}`);
    expect(store.emissions(hotkeyOf(owner.hot), 0)).toEqual([]);
    store.close();
    const again = openChainStore(dir, neverAgain);
    expect(again.tip).toEqual(store.tip);
    again.close();
  });

  it('starts anew when a first start was interrupted before its genesis was complete', () => {
    writeFileSync(`${path()}.new`, 'half a database');
    const store = openChainStore(dir, genesis);
    expect(store.tip.head.number).toBe(0);
    store.close();
    expect(existsSync(`${path()}.new`)).toBe(false);
  });

  it('is for one process at a time', () => {
    const store = openChainStore(dir, genesis);
    const error = openError();
    expect(errorCode(error)).toBe('ALREADY_RUNNING');
    expect(errorMessage(error)).toContain(path());
    store.close();
  });

  it('says which folder cannot be written', () => {
    writeFileSync(join(dir, 'file'), '');
    expect(() => openChainStore(join(dir, 'file', 'chain'), genesis)).toThrow(join(dir, 'file', 'chain', 'chain.db'));
  });
});

describe('a damaged chain database', () => {
  /** Everything into the one file, so that each test damages what it means to. */
  const settle = (edit: string): void => {
    const database = new Database(path());
    database.exec(edit);
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
  };

  it.each([
    ['garbage in place of the file', () => writeFileSync(path(), 'x'.repeat(20_000))],
    ['an empty file', () => writeFileSync(path(), '')],
    ['a file cut in the middle', () => truncateSync(path(), 8_192 + 100)],
    ['pages overwritten', () => scribble()],
    ['a balance that somebody changed', () => settle(`UPDATE sections SET data = x'80' WHERE name = 'balances'`)],
    ['a section that is missing', () => settle(`DELETE FROM sections WHERE name = 'neurons'`)],
    ['a section that is not CBOR', () => settle(`UPDATE sections SET data = x'ff' WHERE name = 'nonces'`)],
    ['a head that is gone', () => settle('DELETE FROM headers')],
    ['a head with another time', () => settle('UPDATE headers SET timestampMs = timestampMs + 1')],
    ['a format from the future', () => settle('PRAGMA user_version = 2')],
  ])('with %s is refused by name, with what to do, and left as it is', (_what, damage) => {
    storeBlocks(3);
    settle('SELECT 1');
    for (const name of readdirSync(dir)) if (name !== 'chain.db') rmSync(join(dir, name));
    damage();
    for (const name of readdirSync(dir)) if (name !== 'chain.db') rmSync(join(dir, name));
    const before = readFileSync(path());

    const error = openError();
    expect(errorCode(error)).toBe('DATABASE');
    expect(errorMessage(error)).toContain(path());
    expect(errorMessage(error)).toContain('move the folder');
    expect(readFileSync(path()).equals(before)).toBe(true);
  });

  function scribble(): void {
    const bytes = readFileSync(path());
    bytes.fill(0xa5, 4_096 + 8, 3 * 4_096);
    writeFileSync(path(), bytes);
  }
});
