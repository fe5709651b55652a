import { keychain, makeKeys } from './make-keys.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { createApp, type App } from '#main/core/app.ts';
import { connectChain } from '#main/core/connect-chain.ts';
import { openWallet } from '#main/core/keys/wallet.ts';
import { chainStartSchema, runChain, type RunningDevnet } from '#network/devnet/run-chain.ts';
import { check } from '#protocol/envelope.ts';
import { coldkeyOf } from '#protocol/keys.ts';
import { testGenesis } from '../../support/chain-fixtures.ts';
import { createFakeProcessHost, type FakeProcessHost } from '../fake-process-host.ts';

const NETUID = 3;
const places = { textPath: '/text', extensionPage: '/extension-page', openUrl: () => undefined };
const BALANCE_RAO = '12500000000';

/** A real chain on a busy machine takes its time. */
const until = (look: () => void): Promise<void> => vi.waitFor(look, { interval: 5, timeout: 50_000 });

let folder: string;
let chain: RunningDevnet;

/** A whole chain that was not started by this app: what it meets on any Subtensor. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-on-chain-'));
  const coldkey = coldkeyOf(openWallet(folder).coldkey.pair);
  const genesis = testGenesis({ netuid: NETUID, balances: [{ account: coldkey, amountRao: BALANCE_RAO }] });
  const start = { kind: 'start-chain', dataDir: join(folder, 'other-chain'), port: 0, genesis };
  chain = await runChain(check(chainStartSchema, start, 'Chain'), () => undefined);
});
afterAll(async () => {
  await chain.stop();
  await rm(folder, { recursive: true });
});

function start(customEndpoints: readonly string[]): { readonly app: App; readonly host: FakeProcessHost } {
  const host = createFakeProcessHost();
  host.onLaunch = (child) => child.say({ kind: 'failed', message: 'no tools here' });
  const app = createApp({
    ...{ home: folder, host: 'headless', version: '1', processes: host, nowMs: Date.now, cores: 2 },
    ...{
      log: () => undefined,
      ...places,
      secretBox: keychain,
      network: { chain: 'custom', customEndpoints, netuid: NETUID },
    },
  });
  onTestFinished(() => app.stop());
  return { app, host };
}

test(
  'shows the balance on a chain of its own addresses, the first of which is dead, and registers nobody there',
  { timeout: 120_000 },
  async () => {
    const { app, host } = start(['ws://127.0.0.1:9', chain.url]);
    await app.start();
    await makeKeys(app, folder);
    await until(() => expect(app.store.get().wallet).toMatchObject({ balanceRao: BALANCE_RAO, registered: false }));
    expect(app.store.get().network).toMatchObject({
      ...{ name: 'custom', chain: 'connected', endpoint: chain.url, problem: null, staleSinceMs: null },
    });
    expect(await app.command('work.start', {})).toEqual({ ok: true });
    await until(() => expect(app.store.get().work.kind).toBe('failed'));
    expect(app.store.get().work).toEqual({
      ...{ kind: 'failed', code: 'NOT_REGISTERED', advice: 'Register it in the Wallet, then try again.' },
      message:
        'Your hotkey is not registered in subnet 3 of your chain. Registering it costs 0.001 TAO now, and is never done without you.',
    });
    expect(host.launched.map(({ entry }) => entry)).toEqual(['hardware-probe']);
    expect(app.store.get().wallet.balanceRao).toBe(BALANCE_RAO);
  },
);

test(
  'says why it has no connection when what answers is not the chain that was chosen',
  { timeout: 120_000 },
  async () => {
    const { app } = start([chain.url]);
    await app.start();
    await until(() => expect(app.store.get().network.chain).toBe('connected'));
    await app.stop();

    const finney = createApp({
      ...{
        home: folder,
        host: 'headless',
        version: '1',
        processes: createFakeProcessHost(),
        nowMs: Date.now,
        cores: 2,
      },
      ...{
        log: () => undefined,
        ...places,
        secretBox: keychain,
        network: { chain: 'finney', customEndpoints: [], netuid: NETUID },
      },
      connectChain: (target) => connectChain({ ...target, endpoints: [chain.url] }),
    });
    onTestFinished(() => finney.stop());
    await finney.start();
    await until(() => expect(finney.store.get().network.problem).not.toBeNull());
    expect(finney.store.get().network).toMatchObject({
      ...{ name: 'finney', chain: 'disconnected', block: null },
      problem: expect.stringContaining('this is not finney: its first block is') as unknown,
    });
    expect(finney.store.get().wallet.balanceRao).toBeNull();
  },
);
