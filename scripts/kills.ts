import { parseArgs } from 'node:util';
import { killRounds } from '../test/support/rounds/kill-rounds.ts';
import { countOption, longTest, progress } from './test/long-test.ts';

/** `npm run kills -- --kills 200 --seed 1`: a worker killed with SIGKILL at random instants of its rounds, and started again. */
const USAGE = `Usage: npm run kills -- [--kills N] [--seed N] [--json]

Kills a worker (real store, transfer, codec, error buffer, outer step, checkpoints; no chain) with SIGKILL at instants that the
seed picks, starts it again each time, and compares all its rounds with those of a worker that nobody disturbs.

  --kills N   how often (20)
  --seed N    which instants (1)
  --json      one JSON object at the end, and nothing else, on stdout

Progress goes to stderr. Ends with 0 when nothing differs, else with 1.
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return { ...values, kills: countOption(values.kills, 'kills'), seed: countOption(values.seed, 'seed') };
}

async function play({ kills, seed, json }: ReturnType<typeof readOptions>): Promise<boolean> {
  const startedMs = performance.now();
  const report = await killRounds({ kills, seed, onProgress: progress });
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  const hits = [...report.hits].toSorted(([, a], [, b]) => b - a);
  if (json) {
    process.stdout.write(`${JSON.stringify({ kills, seed, seconds, ...report, hits: Object.fromEntries(hits) })}\n`);
  } else {
    const { rounds, resumed, complaints } = report;
    process.stdout.write(`${kills} kills (seed ${seed}) in ${rounds} rounds, ${seconds} s\n`);
    process.stdout.write(`where they hit: ${hits.map(([stage, times]) => `${stage} ${times}`).join(', ')}\n`);
    process.stdout.write(`an update waited for its verdict after ${resumed} of them\n`);
    for (const complaint of complaints) process.stdout.write(`WRONG: ${complaint}\n`);
    process.stdout.write(
      complaints.length === 0
        ? 'No round lost, none applied twice, no blob damaged; every update, root and error buffer as undisturbed\n'
        : `${complaints.length} things are wrong\n`,
    );
  }
  return report.complaints.length === 0;
}

process.exitCode = await longTest(USAGE, readOptions, play);
