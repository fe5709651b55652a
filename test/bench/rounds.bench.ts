import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIfStale } from '../../scripts/setup/build-if-stale.mjs';
import { processTree, roleOf } from '../support/process-tree.ts';
import { Rig, type RigEvent } from '../support/rig.ts';

/** So many devnet rounds on this machine, started as an owner starts them; MILLRACE_BENCH_ROUNDS changes it. */
const ROUNDS = Number(process.env['MILLRACE_BENCH_ROUNDS'] ?? 50);
/** Memory is compared from here on: by then every buffer has been used. */
const FIRST_ROUND = Math.min(10, ROUNDS - 1);
const MIB = 1024 * 1024;

/** Loss, equality of state roots and memory of every process over many rounds (Linux: memory is read from /proc). */
export async function run() {
  await buildIfStale();
  const home = mkdtempSync(join(tmpdir(), 'millrace-rounds-'));
  const rig = new Rig(home, ['--rounds', String(ROUNDS)]);
  const memory: ReadonlyMap<string, number>[] = [];
  const rows: Record<string, string | number | null>[] = [];
  try {
    for (let count = 0; count < ROUNDS; count += 1) {
      await rig.until(({ event }) => event === 'round' && rig.rounds.length > count);
      const usage = new Map(processTree(rig.pid).map((entry) => [roleOf(entry), entry.rssBytes]));
      memory.push(usage);
      const round = rig.rounds[count];
      if (round === undefined) break;
      rows.push({ name: `round ${round.round ?? '?'}`, ...measures(round), ...inMiB(usage) });
      process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`);
    }
    const exitCode = await rig.exited;
    return { runs: 1, rows, verdicts: verdicts(rig, memory, exitCode) };
  } finally {
    await rig.kill();
    rmSync(home, { recursive: true, force: true });
  }
}

const measures = ({ loss, evalLoss, tokensPerSecond, score, rewardRao, stateRoot }: RigEvent) => ({
  ...{ loss: loss ?? null, evalLoss: evalLoss ?? null, tokensPerSecond: tokensPerSecond ?? null },
  ...{ score: score ?? null, rewardRao: rewardRao ?? null, stateRoot: stateRoot?.slice(0, 12) ?? null },
});

const inMiB = (usage: ReadonlyMap<string, number>) =>
  Object.fromEntries([...usage].map(([role, bytes]) => [`${role} MiB`, Math.round(bytes / MIB)]));

function verdicts(rig: Rig, memory: readonly ReadonlyMap<string, number>[], exitCode: number | null) {
  const losses = rig.rounds.flatMap(({ evalLoss }) => (typeof evalLoss === 'number' ? [evalLoss] : []));
  const last = losses.at(-1) ?? Number.NaN;
  // A worker tells a root only when its own equals the manifest's; otherwise it stops, and says DIVERGED.
  const withRoot = rig.rounds.filter(({ stateRoot }) => typeof stateRoot === 'string').length;
  const diverged = rig.stderr.split('\n').filter((line) => /diverged|differs from the network/i.test(line)).length;
  const growth = [...(memory.at(-1) ?? [])].map(([role, bytes]) => {
    const before = memory[FIRST_ROUND]?.get(role) ?? bytes;
    return verdict(
      `memory of ${role}, round ${ROUNDS} ÷ round ${FIRST_ROUND}`,
      bytes / before,
      '<= 1.1',
      bytes / before <= 1.1,
    );
  });
  return [
    verdict('first hold-out loss, nats per byte', losses[0] ?? Number.NaN, '<= 5.7', (losses[0] ?? Number.NaN) <= 5.7),
    verdict('last hold-out loss, nats per byte', last, '< 2.4', last < 2.4),
    verdict(
      'rounds whose state root equals the manifest’s',
      withRoot,
      `= ${rig.rounds.length}`,
      withRoot === rig.rounds.length,
    ),
    verdict('processes that diverged', diverged, '= 0', diverged === 0),
    verdict('exit code', exitCode ?? -1, '= 0', exitCode === 0),
    ...growth,
  ];
}

const verdict = (name: string, value: number, goal: string, ok: boolean) => ({ name, value, goal, ok });
