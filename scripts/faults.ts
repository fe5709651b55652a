import { parseArgs } from 'node:util';
import { allFaults } from '../test/faults/table/all-faults.ts';
import { type Row, runFaults } from '../test/support/faults/run-faults.ts';
import { countOption, longTest, progress } from './test/long-test.ts';

/** `npm run faults`: every fault of the table, each beside a run without it. */
const USAGE = `Usage: npm run faults -- [--only NAME] [--rounds N] [--json]

Runs workers and validators (real round loops, engine, codec and scores; a chain in memory, blocks as fast as they are done) once
for each fault, asserts that the fault happened, and compares the run with one of the same seed and length in which nothing did.

  --only NAME  only faults whose name contains this
  --rounds N   how long the runs are, from 8 on (20)
  --json       one JSON object for each row, and nothing else, on stdout

Progress goes to stderr. Ends with 0 when every expectation is met (a skipped row is none), else with 1.

${allFaults.map(({ name }) => `  ${name}`).join('\n')}
`;

/** The faults and what must come after them take seven. */
const LEAST_ROUNDS = 8;

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const rounds = countOption(values.rounds, 'rounds', LEAST_ROUNDS);
  const faults = allFaults.filter(({ name }) => name.toLowerCase().includes(values.only.toLowerCase()));
  if (faults.length === 0) throw new RangeError(`No fault is called ${values.only}`);
  return { ...values, rounds, faults };
}

function lines(row: Row): readonly string[] {
  if (row.kind === 'skipped') return [`${row.name} | skipped: ${row.why} | | | —`];
  const fired = row.fired ?? 'DID NOT FIRE';
  return row.judged.map(({ name, measured, ok }, index) =>
    [...(index === 0 ? [row.name, fired] : ['', '']), name, measured, ok && row.fired !== null ? 'ok' : 'NO'].join(
      ' | ',
    ),
  );
}

async function play({ faults, rounds, json }: ReturnType<typeof readOptions>): Promise<boolean> {
  const rows: Row[] = [];
  for await (const row of runFaults(faults, { rounds, onProgress: progress })) {
    rows.push(row);
    if (json) process.stdout.write(`${JSON.stringify(row)}\n`);
    else progress(lines(row).join('\n'));
  }
  if (!json) process.stdout.write(`fault | fired | expectation | measured | ok\n${rows.flatMap(lines).join('\n')}\n`);
  return rows.every((row) => row.kind === 'skipped' || row.ok);
}

// Hung members keep timers.
process.exit(await longTest(USAGE, readOptions, play));
