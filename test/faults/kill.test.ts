import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { DEVNET_NETUID } from '#main/core/devnet-genesis.ts';
import { openChain } from '#network/devnet/node/open-chain.ts';
import { rpcMethods } from '#network/devnet/rpc/methods.ts';
import { startRpcServer } from '#network/devnet/rpc/server.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import type { Hotkey } from '#protocol/ids.ts';
import { rao } from '#protocol/units.ts';
import { allEmissions } from '../support/all-emissions.ts';
import { listProcesses, processTree } from '../support/process-tree.ts';
import { Rig } from '../support/rig.ts';

const home = mkdtempSync(join(tmpdir(), 'millrace-kill-'));
let rig: Rig | null = null;
afterEach(async () => {
  await rig?.kill();
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const LIMIT_MS = 420_000;

it(
  'kill -9 of worker, validator and main in the middle of a round: the run goes on, no reward is lost or counted twice',
  async () => {
    rig = new Rig(home);
    const first = await rig.reward(0);

    await rig.nextTraining();
    const worker = rig.process('worker').pid;
    process.kill(worker, 'SIGKILL');
    // Two rounds on: the one of the kill may still have been paid for what was sent before.
    const afterWorker = await rig.reward(first.round! + 3);
    expect(rig.process('worker').pid).not.toBe(worker);
    // A whole update: how long the codes of its places are differs a little from round to round.
    expect(afterWorker.updateBytes! / first.updateBytes!).toBeCloseTo(1, 1);

    await rig.nextTraining();
    const validator = rig.process('validator').pid;
    process.kill(validator, 'SIGKILL');
    const afterValidator = await rig.reward(afterWorker.round! + 3);
    expect(rig.process('validator').pid).not.toBe(validator);

    await rig.nextTraining();
    const family = processTree(rig.pid).map(({ pid }) => pid);
    expect(family.length).toBeGreaterThanOrEqual(6);
    await rig.kill();
    await gone(family);

    rig = new Rig(home);
    const afterMain = await rig.reward(afterValidator.round! + 2);
    for (const { stateRoot } of [afterWorker, afterValidator, afterMain]) {
      expect(stateRoot).not.toBeNull();
    }
    // The same model went on: what was learned before the kills is not lost.
    expect(afterMain.evalLoss!).toBeLessThan(first.evalLoss!);

    expect(await rig.stop()).toBe(130);
    const counted = rows(join(home, 'ledger.db'), 'SELECT hotkey, block, amount_rao AS amount FROM emissions');
    const hotkey = counted[0]!.hotkey;
    const last = Math.max(...counted.map(({ block }) => block));
    const paid = await paidOnChain(hotkey);
    expect(counted).toEqual(paid.filter(({ block }) => block <= last));
    expect(counted.length).toBeGreaterThanOrEqual(4);
  },
  LIMIT_MS,
);

/** What the chain that was left behind has paid, read from its own blocks. */
async function paidOnChain(hotkey: string): Promise<readonly Payment[]> {
  const wished = { name: 'x', chainId: 'x', faucetRao: rao(0), balances: [] };
  const { node, close } = openChain(join(home, 'devnet/chain'), wished, () => undefined);
  const methods = rpcMethods(node, { name: 'x', version: '1' });
  const server = await startRpcServer({ methods, port: 0, log: () => undefined });
  const chain = createSubtensorClient({ endpoints: [server.url], webSocket: WebSocket });
  try {
    const paid = await allEmissions(chain, DEVNET_NETUID, hotkey as Hotkey);
    return paid.map(({ block, amountRao: amount }) => ({ hotkey, block, amount }));
  } finally {
    chain.close();
    await server.close();
    close();
  }
}

interface Payment {
  readonly hotkey: string;
  readonly block: number;
  readonly amount: bigint;
}

function rows(path: string, query: string): readonly Payment[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const found = database.prepare(`${query} ORDER BY block`).all() as {
      hotkey: string;
      block: number;
      amount: number | string;
    }[];
    return found.map(({ hotkey, block, amount }) => ({ hotkey, block, amount: BigInt(amount) }));
  } finally {
    database.close();
  }
}

/** Resolves when none of these processes runs any more; the test's own limit bounds it. */
async function gone(pids: readonly number[]): Promise<void> {
  while (listProcesses().some(({ pid }) => pids.includes(pid))) await new Promise((resolve) => setTimeout(resolve, 50));
}
