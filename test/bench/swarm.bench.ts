import type { BenchResult } from '../../scripts/bench/report.ts';
import { bundleSide } from './support/bundled-side.ts';
import { startSide } from './support/side.ts';
import { runSwarm } from './support/swarm.ts';
import type { SwarmRequests } from './support/swarm-requests.ts';
import { type SwarmRow, swarmRow, swarmVerdicts } from './support/swarm-rounds.ts';

/** How many workers there are, in so many rounds, so many of them in a process. */
export const options = {
  workers: { least: 1, most: 240, usual: '9,18,36,72', isList: true },
  rounds: { least: 1, most: 1000, usual: '10' },
  'per-process': { least: 1, most: 64, usual: '9' },
  'block-ms': { least: 100, most: 60_000, usual: 'by workers' },
} as const;

/** So that two cores are done with a round of this many workers. */
const blockMsFor = (workers: number): number => Math.max(1500, 40 * workers);

/** Chain, validator and many workers on one machine, all as they ship: does every round end, and what does it cost? */
export async function run(settings: Readonly<Record<keyof typeof options, string>>): Promise<BenchResult> {
  const { folder, remove } = await bundleSide('swarm');
  const rows: SwarmRow[] = [];
  try {
    for (const size of settings.workers.split(',')) {
      const workers = Number(size);
      const record = await runSwarm({
        ...{ workers, rounds: Number(settings.rounds), perProcess: Number(settings['per-process']) },
        blockMs: Number(settings['block-ms']) || blockMsFor(workers),
        start: (entry) => startSide<SwarmRequests>('swarm', folder, entry),
        tell: (line) => void process.stderr.write(`${line}\n`),
      });
      rows.push(swarmRow(record));
      process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`);
    }
    return { runs: 1, rows, verdicts: swarmVerdicts(rows) };
  } finally {
    await remove();
  }
}
