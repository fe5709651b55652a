import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FINNEY_GENESIS } from '#protocol/chain/genesis.ts';
import { readChainFile } from '#main/core/chain-file.ts';
import { fromHex } from '#protocol/bytes.ts';
import { coldkeyOf, hotkeyOf, keyPairFromSeed } from '#protocol/keys.ts';
import type { NetworkChoice } from '#protocol/contract/state.ts';
import type { WorkerStart } from '#protocol/worker-messages.ts';
import { openWallet } from '#main/core/keys/wallet.ts';
import { createMemoryChain, type MemoryChain } from '../../support/memory-chain/memory-chain.ts';
import { temporaryHome } from '../temporary-home.ts';
import { workerRound } from '../worker-round.ts';
import { keychain, makeKeys } from './make-keys.ts';
import { CHAIN_URL, setUp, startWorking, until, untilRunning, work, type Scene } from './app-scene.ts';

const NETUID = 3;
const BALANCE = '5000000000';
const custom: NetworkChoice = {
  ...{ chain: 'custom', customEndpoints: ['wss://a.example.org', 'wss://b.example.org'], netuid: NETUID },
};

/** A chain of somebody else, on which the wallet of this home has money. */
function foreignChain(home: string, blockMs = 12_000): MemoryChain {
  const [owner, ownerHotkey] = [
    keyPairFromSeed(new Uint8Array(32).fill(8)),
    keyPairFromSeed(new Uint8Array(32).fill(9)),
  ];
  return createMemoryChain({
    ...{ blockMs, netuid: NETUID, tempo: 360, ownerHotkey: ownerHotkey.address, ownerColdkey: owner.address },
    validators: [],
    balances: [{ account: coldkeyOf(openWallet(home).coldkey.pair), amountRao: BALANCE }],
  });
}

const launched = ({ host }: Scene): readonly string[] =>
  host.launched.map(({ name }) => name).filter((name) => name !== 'hardware-probe');
const running = ({ host }: Scene): readonly string[] =>
  host.launched.filter((child) => child.isRunning).map(({ name }) => name);

test('goes from the devnet to another chain: all of the devnet ends, and the money there is shown', async () => {
  const home = temporaryHome();
  const otherChain = foreignChain(home);
  const scene = setUp({ home, otherChain, secretBox: keychain });
  const worker = await startWorking(scene);
  expect(await scene.app.command('keys.create-hotkey', { password: null })).toEqual({ ok: true });
  const { coldkey } = scene.app.store.get().wallet;
  expect(await scene.app.command('keys.watch', { address: coldkey! })).toEqual({ ok: true });
  worker.say({ kind: 'round', round: workerRound(2, 30) });
  await until(() => expect(scene.app.store.get().rounds).toHaveLength(1));
  expect(readChainFile(home)).toEqual({ isDevnet: true, chain: 'ws://127.0.0.1:45000' });

  expect(await scene.app.command('settings.update', custom)).toEqual({ ok: true });
  expect(running(scene)).toEqual([]);
  expect(scene.host.exits.filter((name) => name !== 'hardware-probe').at(-1), 'the chain goes last').toBe('chain');
  expect(work(scene)).toEqual({ kind: 'stopped' });
  expect(scene.app.store.get().network).toMatchObject({ name: 'custom', netuid: NETUID, chain: 'connected' });
  expect(scene.app.store.get().rounds, 'those of the devnet').toEqual([]);
  await otherChain.produceBlock();
  await until(() => expect(scene.app.store.get().wallet).toMatchObject({ balanceRao: BALANCE, registered: false }));
  expect(scene.targets.at(-1)!.endpoints).toEqual(custom.customEndpoints);
  expect(readChainFile(home)).toEqual({ isDevnet: false, chain: 'wss://a.example.org,wss://b.example.org' });
  expect(JSON.parse(readFileSync(join(home, 'settings.json'), 'utf8'))).toMatchObject(custom);

  scene.chain!.setConnection('connected');
  expect(await scene.app.command('settings.update', { chain: 'devnet' })).toEqual({ ok: true });
  await until(() => expect(scene.app.store.get().network).toMatchObject({ name: 'devnet', chain: 'connected' }));
  await until(() => expect(scene.app.store.get().rounds).toHaveLength(1));
  expect(scene.app.store.get().settings.customEndpoints, 'kept for the next time').toEqual(custom.customEndpoints);
});

test('stays on its chain when another one cannot be used, says so, and does not keep it for the next start', async () => {
  const otherChain = new Proxy({} as MemoryChain, {
    get: () => {
      throw new Error('The chain’s library is damaged');
    },
  });
  const scene = setUp({ otherChain });
  await scene.app.start();
  const before = scene.app.store.get().settings;
  expect(await scene.app.command('settings.update', { ...custom, theme: 'dark' })).toEqual({
    ...{ ok: false, code: 'SETTINGS' },
    message: 'The chain could not be changed: The chain’s library is damaged. The one before is used again.',
  });
  const after = { ...before, theme: 'dark' };
  expect(scene.app.store.get().settings).toEqual(after);
  expect(JSON.parse(readFileSync(join(scene.home, 'settings.json'), 'utf8'))).toEqual(after);
  expect(scene.app.store.get().network.name).toBe('devnet');
  expect(scene.targets.map(({ endpoints }) => endpoints[0])).toContain('wss://a.example.org');
  await until(() => expect(scene.targets.at(-1)!.endpoints[0]).toBe(CHAIN_URL));
});

test('registers nobody on another chain: it says what that costs, and starts nothing', async () => {
  const home = temporaryHome();
  const otherChain = foreignChain(home);
  const scene = setUp({ home, otherChain, network: custom, secretBox: keychain });
  await scene.app.start();
  expect(existsSync(join(home, 'devnet'))).toBe(false);
  await makeKeys(scene.app, scene.home);
  expect(await scene.app.command('work.start', {})).toEqual({ ok: true });
  await until(() => expect(work(scene).kind).toBe('failed'));
  expect(work(scene)).toEqual({
    ...{ kind: 'failed', code: 'NOT_REGISTERED', advice: 'Register it in the Wallet, then try again.' },
    message:
      'Your hotkey is not registered in subnet 3 of your chain. Registering it costs 0 TAO now, and is never done without you.',
  });
  await otherChain.produceBlock();
  expect(await otherChain.neurons(NETUID)).toEqual([]);
  expect(await otherChain.balance(coldkeyOf(openWallet(home).coldkey.pair))).toBe(BigInt(BALANCE));
  expect(launched(scene)).toEqual([]);
});

test('works on another chain once the hotkey is registered: with all addresses, and reachable', async () => {
  const home = temporaryHome();
  const otherChain = foreignChain(home);
  const { coldkey } = openWallet(home);
  const scene = setUp({ home, otherChain, network: custom, secretBox: keychain });
  await scene.app.start();
  const hotkey = await makeKeys(scene.app, scene.home);
  const registering = otherChain.submit({ kind: 'register', netuid: NETUID, hotkey }, coldkey.pair);
  await otherChain.produceBlock();
  expect(await registering).toMatchObject({ kind: 'included' });
  await scene.app.command('work.start', {});
  const worker = await untilRunning(scene, 'worker');
  const { genesisHash } = await otherChain.info();
  expect(worker.sent[0] as WorkerStart).toMatchObject({
    ...{ chainUrl: 'wss://a.example.org', chainFallbackUrls: ['wss://b.example.org'], genesisHash, netuid: NETUID },
    ...{ expectsRun: true, listenAddress: '/ip4/0.0.0.0/tcp/0' },
  });
  expect(launched(scene)).toEqual(['worker']);
  const { hotkeySeedHex } = worker.sent[0] as WorkerStart;
  expect(hotkeyOf(keyPairFromSeed(fromHex(hotkeySeedHex)))).toBe(hotkey);

  // How long it takes is not ours to say here.
  expect(work(scene)).toEqual({ kind: 'starting', step: 'Starting the worker' });
  worker.say({ kind: 'failed', code: 'NO_RUN', message: 'The owner of subnet 3 has published no run.' });
  worker.exit({ code: 1 });
  await until(() => expect(work(scene)).toMatchObject({ kind: 'failed', code: 'NO_RUN' }));
  expect(scene.logs.filter((line) => line.includes('starting it again'))).toEqual([]);
  expect(scene.targets.length, 'once at first, and at most once more for each new key').toBeLessThanOrEqual(3);
});

test.each([
  ['none is chosen', null, 'No subnet of your chain is chosen to train in.'],
  ['there is none of that number', 9, 'There is no subnet 9 on your chain'],
])('says that there is no subnet when %s', async (_, netuid, words) => {
  const home = temporaryHome();
  const scene = setUp({ home, otherChain: foreignChain(home), network: { ...custom, netuid }, secretBox: keychain });
  await scene.app.start();
  await makeKeys(scene.app, scene.home);
  await until(() => expect(scene.app.store.get().network.chain).toBe('connected'));
  await scene.app.command('work.start', {});
  await until(() => expect(work(scene)).toMatchObject({ kind: 'failed', code: 'NO_SUBNET' }));
  expect(work(scene)).toMatchObject({ message: expect.stringContaining(words) as unknown });
});

test('shows which address is in use, why there is none, and refuses what is not the chosen chain', async () => {
  const home = temporaryHome();
  const network: NetworkChoice = { chain: 'finney', customEndpoints: [], netuid: NETUID };
  const scene = setUp({ home, otherChain: foreignChain(home), network });
  await scene.app.start();
  const [target] = scene.targets;
  expect(target!.endpoints[0]).toBe('wss://entrypoint-finney.opentensor.ai:443');
  expect(scene.app.store.get().network.endpoint).toBe('wss://entrypoint-finney.opentensor.ai');
  expect(target!.checkGenesis!('0'.repeat(64))).toContain('not finney');
  expect(target!.checkGenesis!(FINNEY_GENESIS)).toBeNull();
  target!.onEndpoint!('wss://next.example.org', 'wss://first.example.org: no connection in time');
  expect(scene.app.store.get().network).toMatchObject({
    ...{ endpoint: 'wss://next.example.org', problem: 'wss://first.example.org: no connection in time' },
  });
  target!.onEndpoint!('wss://next.example.org', null);
  expect(scene.app.store.get().network.problem).toBeNull();
});

test('the chain of the command line holds: the setting is saved for later, and the work goes on', async () => {
  const home = temporaryHome();
  const scene = setUp({ home, otherChain: foreignChain(home), network: custom });
  await scene.app.start();
  expect(scene.app.store.get().fixedNetwork).toEqual(custom);
  expect(await scene.app.command('settings.update', { chain: 'finney', netuid: 4 })).toEqual({ ok: true });
  expect(scene.app.store.get().settings).toMatchObject({ chain: 'finney', netuid: 4 });
  expect(scene.app.store.get().network).toMatchObject({ name: 'custom', netuid: NETUID });
  expect(scene.targets).toHaveLength(1);
});

test('a chain without an address is refused, and everything stays as it was', async () => {
  const scene = setUp();
  const worker = await startWorking(scene);
  expect(await scene.app.command('settings.update', { chain: 'custom' })).toMatchObject({
    ...{ ok: false, code: 'SETTINGS', message: expect.stringContaining('at least one address') as unknown },
  });
  expect(scene.app.store.get().settings.chain).toBe('devnet');
  expect(worker.isRunning).toBe(true);
});

test('two changes of the chain at once end with the newest', async () => {
  const home = temporaryHome();
  const otherChain = foreignChain(home);
  const scene = setUp({ home, otherChain, secretBox: keychain });
  await startWorking(scene);
  await makeKeys(scene.app, scene.home);
  const changes = [
    scene.app.command('settings.update', custom),
    scene.app.command('settings.update', { netuid: 12 }),
    scene.app.command('work.start', {}),
  ];
  expect(await Promise.all(changes)).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  expect(scene.app.store.get().network).toMatchObject({ name: 'custom', netuid: 12 });
  expect(running(scene)).toEqual([]);
  await until(() => expect(work(scene)).toMatchObject({ kind: 'failed', code: 'NO_SUBNET' }));
});

test('says how old the newest block is when the chain stands, until a new one comes', async () => {
  const home = temporaryHome();
  const otherChain = foreignChain(home);
  const scene = setUp({ home, otherChain, network: custom });
  await scene.app.start();
  // The blocks of this chain are of 1970.
  const { timestampMs } = await otherChain.produceBlock();
  await until(() => expect(scene.app.store.get().network.staleSinceMs).toBe(timestampMs));
});

test.each([
  ['there is none', false, 'NO_HOTKEY'],
  ['it is locked', true, 'HOTKEY_LOCKED'],
])('the worker does not start with a hotkey of the devnet: %s', async (_, isLocked, code) => {
  const home = temporaryHome();
  if (isLocked) {
    const before = setUp({ home, otherChain: foreignChain(home), network: custom, secretBox: keychain });
    await before.app.start();
    await makeKeys(before.app, before.home);
    await before.app.stop();
  }
  const scene = setUp({ home, otherChain: foreignChain(home), network: custom });
  await scene.app.start();
  await until(() => expect(scene.app.store.get().network.chain).toBe('connected'));
  await scene.app.command('work.start', {});
  await until(() => expect(work(scene)).toMatchObject({ kind: 'failed', code }));
  expect(launched(scene)).toEqual([]);
});
