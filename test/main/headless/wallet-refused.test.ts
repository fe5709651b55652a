import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { writeChainFile } from '#main/core/chain-file.ts';
import { type HomeLock, lockHome } from '#main/core/home-lock.ts';
import { openWallet } from '#main/core/keys/wallet.ts';
import { RPC_CODES, RpcError } from '#network/devnet/rpc/rpc-error.ts';
import type { RpcMethod } from '#network/devnet/rpc/rpc-method.ts';
import { freeBalance, issue } from '#network/devnet/runtime/money.ts';
import { State } from '#network/devnet/runtime/state.ts';
import { addressOf } from '#protocol/keys.ts';
import { RAO_PER_TAO } from '#protocol/units.ts';
import { startTestDevnet, type TestDevnet } from '../../support/devnet.ts';
import { serveOverridden } from '../../support/rpc-override.ts';
import { temporaryHome } from '../temporary-home.ts';
import { runWalletCommand } from './run-wallet.ts';

/** Blocks in which a transaction may be included. */
const LIFETIME = 64;
const friend = new Uint8Array(32).fill(9);

let home: string;
let devnet: TestDevnet;
let server: Awaited<ReturnType<typeof serveOverridden>>;
let lock: HomeLock;
/** How the node answers to a transaction. */
let answer: (right: RpcMethod) => RpcMethod;
beforeEach(async () => {
  home = temporaryHome();
  const { coldkey } = openWallet(home);
  devnet = await startTestDevnet(null, (state) =>
    issue({ state, deposit: () => undefined }, coldkey.pair.publicKey, 20n * RAO_PER_TAO),
  );
  const submit = (right: RpcMethod): RpcMethod => {
    return (params, caller) => answer(right)(params, caller);
  };
  server = await serveOverridden(devnet.node, { author_submitExtrinsic: submit });
  lock = lockHome(home);
  writeChainFile(home, { isDevnet: true, chain: server.url });
});
afterEach(async () => {
  lock.release();
  await server.close();
  await devnet.close();
});

const pay = () =>
  runWalletCommand({ home, words: ['transfer', '1', '--to', addressOf(friend), '--yes', '--chain', 'devnet'] });
const pass = (blocks: number): void => {
  for (let i = 0; i < blocks; i += 1) devnet.node.produceBlock(Date.now());
};
const received = (): bigint => freeBalance(new State(devnet.node.headState), friend);
const honest = (right: RpcMethod): RpcMethod => right;
const takesAndSays =
  (code: number, message: string, data?: string) =>
  (right: RpcMethod): RpcMethod =>
  (params, caller) => {
    right(params, caller);
    throw new RpcError(code, message, data);
  };
/** Blocks come until the command ends. */
async function paidWithBlocks(): Promise<Awaited<ReturnType<typeof pay>>> {
  let isOver = false;
  const paying = pay().finally(() => (isOver = true));
  paying.catch(() => undefined);
  await vi.waitFor(() => expect(devnet.node.pool.entries.length > 0 || isOver).toBe(true), { timeout: 15_000 });
  pass(4);
  return paying;
}

it.each([
  ['it is stale', RPC_CODES.invalidTransaction, 'Invalid Transaction', 'Transaction is outdated'],
  ['another pays more', RPC_CODES.tooLowPriority, 'Priority is too low: (1 vs 1)', undefined],
  ['its signature is bad', RPC_CODES.invalidTransaction, 'Invalid Transaction', 'Transaction has a bad signature'],
  ['its fee cannot be paid', RPC_CODES.invalidTransaction, 'Invalid Transaction', 'Inability to pay some fees'],
  ['the chain’s rules forbid it', RPC_CODES.invalidTransaction, 'Invalid Transaction', 'Custom error: 6'],
])(
  'signs no second payment beside one of which a node that passed it on said that %s',
  async (_, code, message, data) => {
    answer = takesAndSays(code, message, data);
    const first = await pay();
    expect(first.code).toBe(1);
    expect(first.text).toContain('Refused');
    answer = honest;
    await expect(pay()).rejects.toThrow('may be on its way');
    expect(devnet.node.pool.entries).toHaveLength(1);
    pass(LIFETIME);
    expect(received()).toBe(RAO_PER_TAO);
    // What became of it is known now, so its owner may pay again.
    expect((await paidWithBlocks()).code).toBe(0);
    expect(received()).toBe(2n * RAO_PER_TAO);
    const { text } = await runWalletCommand({ home, words: ['history', '--chain', 'devnet'] });
    expect(text.match(/transfer,[\w-]+/g)).toEqual(['transfer,finalized', 'transfer,not-sent', 'transfer,finalized']);
  },
  60_000,
);

it.each([
  ['the pool is full', RPC_CODES.poolFull, 'Immediately Dropped', 'The transaction couldn’t enter the pool'],
  ['it is there already', RPC_CODES.alreadyImported, 'Transaction Already Imported', undefined],
  ['something is wrong with itself', RPC_CODES.internal, 'Internal error', undefined],
])('follows in the blocks what a node took that said that %s', async (_, code, message, data) => {
  answer = takesAndSays(code, message, data);
  const paid = await paidWithBlocks();
  expect(paid.text).toContain('Final, in block');
  expect(paid.code).toBe(0);
  pass(LIFETIME);
  expect(received()).toBe(RAO_PER_TAO);
});

it('pays at the second try what a node refused and did not pass on', async () => {
  answer = () => () => {
    throw new RpcError(RPC_CODES.invalidTransaction, 'Invalid Transaction', 'Inability to pay some fees');
  };
  expect((await pay()).code).toBe(1);
  answer = honest;
  expect((await paidWithBlocks()).code).toBe(0);
  pass(LIFETIME);
  expect(received()).toBe(RAO_PER_TAO);
});
