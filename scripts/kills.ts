import { parseArgs } from 'node:util';
import { errorMessage } from '#protocol/errors.ts';
import { killRounds } from '../test/support/rounds/kill-rounds.ts';

/** `npm run kills -- --kills 200 --seed 1`: a worker killed with SIGKILL at random instants of its rounds, and started again. */
const USAGE = `Usage: npm run kills -- [--kills N] [--seed N] [--json]

Kills a worker (real store, transfer, codec, error buffer, outer step, checkpoints; no chain) with SIGKILL at instants that the
seed picks, starts it again each time, and compares all its rounds with those of a worker that nobody disturbs.

  --kills N   how often (20)
  --seed N    which instants (1)
  --json      one JSON object at the end, and nothing else, on stdout

Progress goes to stderr. Ends with 0 when nothing differs, else with 1.
`;

const count = (text: string, name: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`--${name} is a number from 1 on, not ${text}`);
  return value;
};

function readOptions() {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return { ...values, kills: count(values.kills, 'kills'), seed: count(values.seed, 'seed') };
}

async function main(): Promise<number> {
  let options;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${errorMessage(error)}\n${USAGE}`);
    return 2;
  }
  const { kills, seed, json, help } = options;
  if (help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const startedMs = performance.now();
  const onProgress = (line: string): void => void process.stderr.write(`${line}\n`);
  const report = await killRounds({ kills, seed, onProgress });
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
  return report.complaints.length === 0 ? 0 : 1;
}

process.exitCode = await main();
