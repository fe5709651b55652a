import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { writeChainFile } from '#main/core/chain-file.ts';
import { lockHome } from '#main/core/home-lock.ts';
import { openWallet } from '#main/core/keys/wallet.ts';
import { openLedger } from '#main/core/ledger.ts';
import { realKeys } from '#main/core/session-keys.ts';
import { issue } from '#network/devnet/runtime/money.ts';
import type { PageTask } from '#protocol/contract/extension-page.ts';
import { addressOf, publicKeyOf } from '#protocol/keys.ts';
import { alpha, rao, RAO_PER_TAO } from '#protocol/units.ts';
import { startTestDevnet, type TestDevnet } from '../../support/devnet.ts';
import { fixture } from '../core/btwallet/fixture.ts';
import { openScene, walletsFolder } from '../core/keys/keyring-scene.ts';
import { temporaryHome } from '../temporary-home.ts';
import { runWalletCommand, type WalletRun } from './run-wallet.ts';

const friend = addressOf(new Uint8Array(32).fill(9));
let chain: TestDevnet;
beforeAll(async () => {
  chain = await startTestDevnet(20, (state) => {
    issue({ state, deposit: () => undefined }, publicKeyOf(fixture.address), 20n * RAO_PER_TAO);
  });
});
afterAll(() => chain.close());

/** A chain that nobody here runs as a devnet: as far as the command knows, a real one. */
const wallet = (home: string, words: readonly string[], run: Partial<WalletRun> = {}) =>
  runWalletCommand({ home, words: [...words, '--chain', chain.url], ...run });
const send = ['transfer', '1', '--to', friend, '--yes'];
const freeOf = (address: string): Promise<string> =>
  homeThatWatches(address)
    .then((home) => wallet(home, ['balance']))
    .then(({ text }) => /Free +(\S+) TAO/.exec(text)?.[1] ?? text);

async function homeWithColdkey(): Promise<string> {
  const wallets = walletsFolder({ 'miner/coldkey': 'nacl' });
  const { home, keyring } = await openScene({ walletsFolder: wallets });
  await keyring.importWallet({
    ...{ wallet: 'miner', hotkey: null, hotkeyFilePassword: null, hotkeyPassword: null },
    ...{ coldkey: 'encrypted', coldkeyPassword: fixture.password },
  });
  return home;
}
async function homeThatWatches(address: string): Promise<string> {
  const { home, keyring } = await openScene();
  keyring.watch(address);
  return home;
}

test('signs with the coldkey of the keyring, whose password is asked for unseen', async () => {
  const home = await homeWithColdkey();
  openWallet(home); // the devnet's keys are there too
  const { code, text, asked } = await wallet(home, send, { typed: fixture.password });
  expect(asked).toEqual(['Password of the coldkey: ']);
  expect(text).toContain('Final, in block');
  expect(text).not.toContain(fixture.password);
  expect(code).toBe(0);
  expect(await freeOf(friend)).toBe('1');
});

test('sends nothing, and writes no order down, with a wrong password or with none', async () => {
  const home = await homeWithColdkey();
  const before = await freeOf(fixture.address);
  await expect(wallet(home, send)).rejects.toMatchObject({ code: 'USAGE' });
  await expect(wallet(home, send, { typed: 'another one' })).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
  expect((await wallet(home, ['history'])).text.trim().split('\n')).toHaveLength(1);
  expect(await freeOf(fixture.address)).toBe(before);
});

test('takes the password from a file, and writes the order down', async () => {
  const home = await homeWithColdkey();
  const file = join(temporaryHome(), 'password');
  writeFileSync(file, `${fixture.password}\n`, { mode: 0o600 });
  const { code, asked } = await wallet(home, [...send, '--coldkey-password-file', file], { typed: 'another one' });
  expect([code, asked]).toEqual([0, []]);
  expect((await wallet(home, ['history'])).text).toContain('transfer,finalized');
});

test('asks for no password before the owner has said yes to the quote', async () => {
  const home = await homeWithColdkey();
  const { code, text, asked } = await wallet(home, send.slice(0, -1), { typed: fixture.password });
  expect(text).toContain('Nothing was sent.');
  expect([code, asked]).toEqual([1, []]);
});

test('shows what an address has that is only watched, and signs nothing for it', async () => {
  const home = await homeThatWatches(chain.alice.address);
  expect((await wallet(home, ['balance'])).text).toContain('Free     1000 TAO');
  await expect(wallet(home, send)).rejects.toThrow('only watched');
});

test('never takes the devnet’s key to another chain, nor makes one', async () => {
  const home = temporaryHome();
  openWallet(home);
  const lock = lockHome(home);
  onTestFinished(() => lock.release());
  writeChainFile(home, { isDevnet: true, chain: 'ws://127.0.0.1:1' });
  await expect(wallet(home, send)).rejects.toThrow('There is no coldkey for this chain');
  await expect(wallet(home, ['balance'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
  writeChainFile(home, { isDevnet: false, chain: chain.url });
  await expect(wallet(home, ['balance'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
  writeChainFile(home, { isDevnet: true, chain: chain.url });
  expect((await wallet(home, ['balance'])).text).toContain(openWallet(home).coldkey.pair.address);
});

test('lists the payments of the subnet that is named, else of the one in the settings, else of the one used last', async () => {
  const { home, keyring } = await openScene();
  keyring.watch(chain.alice.address);
  await keyring.createHotkey('a long password');
  const hotkey = realKeys(keyring).hotkey!;
  const genesisHash = chain.node.genesisHash;
  const { ledger } = openLedger(home, 0);
  for (const [netuid, block] of [
    [6, 61],
    [7, 71],
  ] as const) {
    const amounts = { amountAlpha: alpha(5n), amountRao: rao(1n), paidAtMs: 5, blockHash: null };
    const paid = { genesisHash: `${genesisHash}#${netuid}`, hotkey };
    ledger.useAccount(paid, block);
    ledger.recordEmissions(paid, [{ block, ...amounts }]);
  }
  ledger.close();
  const blocks = async (...words: readonly string[]): Promise<readonly (string | undefined)[]> => {
    const { text } = await wallet(home, ['history', ...words]);
    return text
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(',')[2]);
  };
  expect(await blocks()).toEqual(['71']);
  expect(await blocks('--netuid', '6')).toEqual(['61']);
  expect(await blocks('--netuid', '8')).toEqual([]);
  const settings = { chain: 'custom', customEndpoints: [chain.url], netuid: 6 };
  writeFileSync(join(home, 'settings.json'), JSON.stringify(settings));
  expect(await blocks()).toEqual(['61']);
  expect(await blocks('--netuid', '7')).toEqual(['71']);
});

test('wants a hotkey’s name where the keyring has none to register', async () => {
  const home = await homeWithColdkey();
  await expect(wallet(home, ['register', '--netuid', '1'])).rejects.toThrow('--hotkey');
});

test('prints a link for a coldkey in an extension, and sends nothing when its owner refuses there', async () => {
  const { home, keyring } = await openScene();
  keyring.useExtension(fixture.address, 'polkadot-js');
  const dist = temporaryHome();
  mkdirSync(join(dist, 'extension-page'));
  writeFileSync(join(dist, 'extension-page/index.html'), '<!doctype html><title>Page</title>');
  writeFileSync(join(dist, 'extension-page/page.js'), 'run()');
  const before = await freeOf(fixture.address);
  const shown: Promise<PageTask>[] = [];
  const onText = (text: string): void => {
    const url = /http:\S+/.exec(text)?.[0];
    if (url !== undefined) shown.push(refuseOn(new URL(url)));
  };
  await expect(wallet(home, send, { dist, onText })).rejects.toMatchObject({ code: 'SIGNING_REFUSED' });
  expect(await Promise.all(shown)).toMatchObject([
    { kind: 'sign', address: fixture.address, shown: { title: 'Send 1 TAO' } },
  ]);
  expect((await wallet(home, ['history'])).text).toContain('transfer,not-sent');
  expect(await freeOf(fixture.address)).toBe(before);
});

/** Follows the link as a browser would, and says no. */
async function refuseOn(url: URL): Promise<PageTask> {
  const entered = await ask(url, 'GET', {});
  const headers = {
    ...{ Cookie: entered.cookie, Origin: url.origin, 'Content-Type': 'application/json' },
  };
  const task = JSON.parse((await ask(new URL('/task', url), 'GET', headers)).body) as PageTask;
  await ask(new URL('/answer', url), 'POST', headers, JSON.stringify({ taskId: task.id, kind: 'refused' }));
  return task;
}

function ask(url: URL, method: string, headers: Record<string, string>, body?: string) {
  return new Promise<{ readonly cookie: string; readonly body: string }>((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ cookie: response.headers['set-cookie']?.[0]?.split(';')[0] ?? '', body: text }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

test('on a chain of which it knows no only subnet it asks for one', async () => {
  const home = await homeThatWatches(chain.alice.address);
  await expect(wallet(home, ['validators'])).rejects.toMatchObject({
    ...{ code: 'USAGE', message: 'Say which subnet of your chain is meant, with --netuid N' },
  });
});

test('the history of a chain that is out of reach is what was written down', async () => {
  const home = await homeWithColdkey();
  expect((await wallet(home, send, { typed: fixture.password })).code).toBe(0);
  const there = await wallet(home, ['history']);
  const away = await runWalletCommand({ home, words: ['history', '--chain', 'ws://127.0.0.1:9'] });
  expect(there.text).toContain('transfer,finalized');
  expect(away.text).toBe(there.text);
});
