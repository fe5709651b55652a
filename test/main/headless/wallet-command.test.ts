import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RAO_PER_TAO } from '#protocol/units.ts';
import { addressOf } from '#protocol/keys.ts';
import { writeChainFile } from '#main/core/chain-file.ts';
import { DEVNET_NETUID } from '#main/core/devnet-genesis.ts';
import { type HomeLock, lockHome } from '#main/core/home-lock.ts';
import { openWallet } from '#main/core/keys/wallet.ts';
import { issue } from '#network/devnet/runtime/money.ts';
import { NETUID } from '../../support/devnet-calls.ts';
import { startTestDevnet, type TestDevnet } from '../../support/devnet.ts';
import { runWalletCommand } from './run-wallet.ts';

const home = mkdtempSync(join(tmpdir(), 'millrace-test-'));
let devnet: TestDevnet;
let lock: HomeLock;
beforeAll(async () => {
  const { coldkey } = openWallet(home);
  devnet = await startTestDevnet(20, (state) => {
    issue({ state, deposit: () => undefined }, coldkey.pair.publicKey, 20n * RAO_PER_TAO);
  });
  // As a Millrace that runs there does.
  lock = lockHome(home);
  writeChainFile(home, { isDevnet: true, chain: devnet.url });
});
afterAll(async () => {
  lock.release();
  await devnet.close();
  rmSync(home, { recursive: true, force: true });
});

/** Runs `millrace wallet …` on the devnet; the owner answers as said. */
const wallet = (words: readonly string[], answer = false) =>
  runWalletCommand({ home, words: [...words, '--chain', 'devnet'], answer });
const at = () => ['--hotkey', devnet.validator.address, '--netuid', NETUID.toString()];

it('shows a quote, and sends nothing unless the owner says yes', async () => {
  const { code, text } = await wallet(['stake', '10', ...at()]);
  expect(code).toBe(1);
  expect(text).toContain('Pays         10 TAO');
  expect(text).toContain('alpha of subnet 1');
  expect(text).toContain('(tolerance 0.5 %)');
  expect(text).toContain('Nothing was sent.');
  expect((await wallet(['balance'])).text).toContain('Free     20 TAO');
});

it('lists whom one can stake with where no hotkey is named, and stakes nothing', async () => {
  const { address } = devnet.validator;
  const listed = await wallet(['validators', '--netuid', NETUID.toString()]);
  expect(listed.code).toBe(0);
  expect(listed.text).toMatch(new RegExp(`^${address} .*\\d %`, 'm'));
  let text = '';
  const words = ['stake', '10', '--netuid', NETUID.toString(), '--yes', '--chain', 'devnet'];
  const unnamed = runWalletCommand({ home, words, onText: (part) => void (text += part) });
  await expect(unnamed).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('--hotkey') as string,
  });
  expect(text).toContain(address);
  expect((await wallet(['balance'])).text).toContain('Free     20 TAO');
});

it('stakes and unstakes, tells of each step, and shows what is there', async () => {
  const staked = await wallet(['stake', '10', ...at()], true);
  expect(staked.text).toContain('Final, in block');
  expect(staked.code).toBe(0);
  expect((await wallet(['balance'])).text).toMatch(
    /Staked {3}9\d\.\d+ alpha of subnet 1 with 5\w+, worth (9\.9|10\.0)\d+ TAO now/,
  );
  const { code, text } = await wallet(['unstake', 'all', ...at(), '--yes', '--json']);
  expect(code).toBe(0);
  const events = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly event: string; readonly kind?: string });
  expect(events.map(({ event }) => event).slice(0, 3)).toEqual(['quote', 'sent', 'progress']);
  expect(events.at(-1)).toMatchObject({ event: 'progress', kind: 'finalized' });
  expect((await wallet(['balance'])).text).not.toContain('Staked');
});

const friend = addressOf(new Uint8Array(32).fill(9));

it('sends TAO, and registers the hotkey of the data folder', async () => {
  expect((await wallet(['transfer', '1', '--to', friend], true)).code).toBe(0);
  const registered = await wallet(['register', '--netuid', NETUID.toString(), '--yes', '--tolerance', '5']);
  expect(registered.text).toContain('immune for');
  expect(registered.code).toBe(0);
});

it('warns as the app does: of TAO that its owner sends to himself, and of stake that earns nothing', async () => {
  const { coldkey, hotkey } = openWallet(home);
  const toSelf = await wallet(['transfer', '1', '--to', coldkey.pair.address]);
  expect(toSelf.text).toContain('WARNING      This is your own coldkey.');
  expect(toSelf.text).toContain('Nothing was sent.');
  const idle = await wallet(['stake', '1', '--hotkey', hotkey.pair.address, '--netuid', NETUID.toString(), '--json']);
  expect(JSON.parse(idle.text.split('\n').find((line) => line.includes('"warnings","messages"')) ?? '{}')).toEqual({
    event: 'warnings',
    messages: ['It has no validator permit: stake with it earns nothing now.'],
  });
});

it('means the devnet’s only subnet where none is named', async () => {
  const { text } = await wallet(['stake', '1', '--hotkey', devnet.validator.address]);
  // The test’s chain has another.
  expect(text).toContain(`no subnet ${DEVNET_NETUID}`);
});

it('moves stake to another hotkey', async () => {
  expect((await wallet(['stake', '2', ...at(), '--yes', '--tolerance', '5'])).code).toBe(0);
  const own = openWallet(home).hotkey.pair.address;
  const moved = await wallet(['move', 'all', ...at(), '--to-hotkey', own], true);
  expect(moved.text).toContain('Final, in block');
  expect((await wallet(['balance'])).text).toContain(`with ${own}`);
});

it('has written all of it down', async () => {
  const { code, text } = await wallet(['history']);
  expect(code).toBe(0);
  const rows = text.trim().split('\n');
  expect(rows[0]).toContain('day,time_utc,block,kind,status');
  const orders = rows.slice(1).map((row) => row.split(',').slice(3, 5).join(' '));
  expect(orders.slice(-4)).toEqual(['transfer', 'register', 'stake', 'move'].map((kind) => `${kind} finalized`));
  expect(text).toContain(`,${friend},1,,1,,`);
  // The same when nothing runs any more: as of a data folder that nobody has locked.
  lock.release();
  try {
    const atRest = await wallet(['history']);
    expect({ code: atRest.code, text: atRest.text }).toEqual({ code, text });
    await expect(wallet(['balance'])).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
  } finally {
    lock = lockHome(home);
  }
});

it('says what is wrong with an order, and with a command line', async () => {
  const poor = await wallet(['stake', '50', ...at(), '--yes']);
  expect(poor.code).toBe(1);
  expect(poor.text).toContain('Not sent: There are');
  await expect(wallet(['stake', '1,5', ...at()])).rejects.toMatchObject({ code: 'USAGE' });
  expect((await wallet(['stake', '1', ...at(), '--tolerance', '101'])).code).toBe(2);
  expect((await wallet(['steak'])).code).toBe(2);
  const help = await wallet(['unstake', '--help']);
  expect(help.code).toBe(0);
  expect(help.text).toContain('or all');
});
