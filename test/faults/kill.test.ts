import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, expect, it } from 'vitest';
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
    const paid = rows(
      join(home, 'devnet/chain/chain.db'),
      'SELECT hotkey, block, amountRao AS amount FROM emissions',
    ).filter((row) => row.hotkey === hotkey && row.block <= last);
    expect(counted).toEqual(paid);
    expect(counted.length).toBeGreaterThanOrEqual(4);
  },
  LIMIT_MS,
);

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
