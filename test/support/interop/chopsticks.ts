/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access -- the client learns from the chain which calls there are */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ApiPromise, WsProvider } from '@polkadot/api';
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { RAO_PER_TAO as TAO } from '#protocol/units.ts';
import { NETUID, POOL } from '../devnet-calls.ts';
import type { InteropChain } from './chain.ts';
import { LONG_TEMPO, WEIGHTS_REST } from './devnet-chain.ts';
import { stateOf } from './storage-changes.ts';

/** All but the last of the TAO that there can be: hardly anything is emitted any more. */
const ISSUANCE = 20_999_999n * TAO;
const NEEDED = '@acala-network/chopsticks';

/** The program of chopsticks in the folder that `CHOPSTICKS` names, or in this project's own modules; `null` without one. */
export function findChopsticks(env: NodeJS.ProcessEnv = process.env): string | null {
  const file = path.resolve(env['CHOPSTICKS'] ?? '.', 'node_modules', NEEDED, 'chopsticks.cjs');
  return existsSync(file) ? file : null;
}

/** How to get it: it is too large to be a dependency for one test that few run. */
export const CHOPSTICKS_HELP = `${NEEDED} is missing: npm install --prefix FOLDER ${NEEDED}@1.5, then set CHOPSTICKS=FOLDER`;

/**
 * A real runtime from a raw chain spec, in a process of its own that makes a block when it is told to; brought to the state in
 * which the devnet begins.
 */
export async function startChopsticks(spec: string): Promise<InteropChain> {
  const program = findChopsticks();
  if (program === null) throw new Error(CHOPSTICKS_HELP);
  await cryptoWaitReady();
  const options = [
    '--genesis',
    path.resolve(spec),
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--build-block-mode',
    'Manual',
  ];
  const child = spawn(process.execPath, [program, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const provider = new WsProvider(await urlOf(child));
    const api: any = await ApiPromise.create({ provider: provider as never, noInitWarn: true });
    const bank = new Keyring({ type: 'sr25519' }).addFromUri('//Alice');
    await provider.send('dev_setStorage', [startState(bank.address)]);
    return {
      ...{ kind: 'chopsticks', api, netuid: NETUID, bank, accounts: '//Interop' },
      include: async (signed) => {
        await api.rpc.author.submitExtrinsic(signed);
        return provider.send('dev_newBlock', []);
      },
      emptyTwin: async () => {
        const head: any = await api.rpc.chain.getHeader();
        await provider.send('dev_setHead', [head.parentHash.toHex()]);
        const state = await stateOf(api, await provider.send('dev_newBlock', []));
        await provider.send('dev_setHead', [head.hash.toHex()]);
        return state;
      },
      close: async () => {
        await api.disconnect();
        await stop(child);
      },
    };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

/** By the names of the chain's metadata. */
const startState = (bank: string): unknown => ({
  System: {
    Account: [[[bank], { providers: 1, data: { free: String(1_000n * TAO) } }]],
  },
  SubtensorModule: {
    TotalIssuance: String(ISSUANCE),
    SubnetTAO: [[[NETUID], String(POOL.taoRao)]],
    SubnetAlphaIn: [[[NETUID], String(POOL.alpha)]],
    Tempo: [[[NETUID], LONG_TEMPO]],
    // The neuron that there is from the beginning has the only permit.
    MaxAllowedValidators: [[[NETUID], 1]],
    WeightsSetRateLimit: [[[NETUID], WEIGHTS_REST]],
  },
});

/** Where it listens, once it says so. */
async function urlOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('chopsticks has no output');
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    const url = /ws:\/\/[^\s/]+:\d+/.exec(line)?.[0];
    if (url === undefined) continue;
    // Nobody reads the rest, and a full pipe would stop it.
    child.stdout.resume();
    return url;
  }
  throw new Error(`chopsticks has ended:\n${said.join('\n')}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}
