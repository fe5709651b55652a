import { cryptoWaitReady } from '@polkadot/util-crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { keyPairFromSeed } from '#protocol/keys.ts';
import { RAO_PER_TAO } from '#protocol/units.ts';
import { DevnetNode } from '#network/devnet/node/devnet-node.ts';
import { type Admission, TransactionPool } from '#network/devnet/node/transaction-pool.ts';
import { decodeExtrinsic, type Extrinsic } from '#network/devnet/runtime/extrinsic.ts';
import { createDevnetRuntime } from '#network/devnet/runtime/devnet-runtime.ts';
import { signExtrinsic } from '#network/devnet/runtime/sign-extrinsic.ts';
import { stateWith } from '../../../support/devnet-calls.ts';
import { signedTransfers } from '../../../support/devnet-transfers.ts';

const FIRST_MS = 1_800_000_000_000;
const key = (n: number) => keyPairFromSeed(new Uint8Array(32).fill(n));
const honest = key(1);
const others = Array.from({ length: 4 }, (_, n) => key(100 + n));
let node: DevnetNode;

beforeEach(async () => {
  await cryptoWaitReady();
  const rich = [honest, ...others].map(({ publicKey }) => [publicKey, 1000n * RAO_PER_TAO] as const);
  node = new DevnetNode({
    rules: { runtime: createDevnetRuntime(), metadataHash: null },
    genesis: () => stateWith(rich).changes,
  });
});

const submit = (encoded: Uint8Array): Admission => node.submit(encoded, () => undefined);
const transfer = (from = honest, nonce = 0, amountRao = 1_000_000n): Uint8Array =>
  signedTransfers(node.rules, from, 1, { firstNonce: nonce, amountRao })[0]!;
const remark = (nonce: number, bytes: number): Uint8Array => {
  const value = { type: 'remark', value: { remark: utf8('x'.repeat(bytes)) } };
  return signExtrinsic(node.rules, honest, { call: { type: 'System', value }, nonce });
};

describe('transactions that wait', () => {
  it('take no place of others while theirs has not come', () => {
    const early = others.map((from) => decodeExtrinsic(node.rules.runtime, transfer(from, 1)));
    const pool = new TransactionPool({ waiting: 8, future: 3, bytes: 1_000_000 });
    const add = (extrinsic: Extrinsic): Admission =>
      pool.add(node.rules, node.headState, 1, extrinsic, () => undefined);
    expect(early.map(add).map(({ kind }) => kind)).toEqual(['admitted', 'admitted', 'admitted', 'refused']);
    const mine = decodeExtrinsic(node.rules.runtime, transfer());
    expect(add(mine)).toMatchObject({ kind: 'admitted' });
    expect(pool.ready(node.headState).map(({ extrinsic }) => extrinsic)).toEqual([mine]);
  });

  it('are the first of their nonce', () => {
    expect(submit(transfer(honest, 0, 1_000_000n))).toMatchObject({ kind: 'admitted' });
    expect(submit(transfer(honest, 0, 2_000_000n))).toEqual({ kind: 'refused', reason: 'TooLowPriority' });
  });

  it('have so many bytes in all, and fewer in a block', () => {
    const extrinsics = [0, 1, 2].map((nonce) => decodeExtrinsic(node.rules.runtime, remark(nonce, 400)));
    const pool = new TransactionPool({ waiting: 8, future: 8, bytes: 1_200 });
    const add = (extrinsic: Extrinsic): Admission =>
      pool.add(node.rules, node.headState, 1, extrinsic, () => undefined);
    expect(extrinsics.map(add).map(({ kind }) => kind)).toEqual(['admitted', 'admitted', 'refused']);
    pool.remove(new Set(pool.entries));
    expect(add(extrinsics[2]!)).toMatchObject({ kind: 'admitted' });
    for (let nonce = 0; nonce < 8; nonce += 1) submit(remark(nonce, 500 * 1024));
    expect(node.produceBlock(FIRST_MS).extrinsics).toHaveLength(1 + 7);
    expect(node.produceBlock(FIRST_MS).extrinsics).toHaveLength(1 + 1);
  });
});
