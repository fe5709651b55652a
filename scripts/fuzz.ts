import { fork } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { errorMessage } from '#protocol/errors.ts';
import { fuzzTargets } from '../test/support/fuzz/targets.ts';
import type { FuzzResult } from '../test/support/fuzz/run-fuzz.ts';
import { root } from './build/stale.ts';
import { type FuzzPlan, planFuzz, wholeNumber } from './fuzz/plan.ts';

/** `npm run fuzz`: damaged bytes for everything that reads bytes from outside, each target in a process of its own. */
const usage = `Usage: npm run fuzz -- [--inputs N] [--seed S] [--first I] [--target NAME] [--jobs J] [--json]

Tries N damaged inputs (2000000 if not said), shared out among the targets, or all on the one named. The same for the same seed
(1 if not said). Ends with 1 when one is neither refused as it should be nor read within its limits, takes over 50 ms also when
tried again alone, or makes the process grow beyond the target's cap; the words then say how to try that input alone (--first).
J targets run at the same time (1 if not said).

${fuzzTargets.map(({ name, about }) => `  ${name.padEnd(14)}${about}`).join('\n')}
`;

/** What the process of a target sends. */
type SideMessage =
  | { readonly kind: 'progress'; readonly result: FuzzResult }
  | { readonly kind: 'done'; readonly result: FuzzResult }
  | { readonly kind: 'failed'; readonly input: number; readonly message: string };

const PROGRESS_MS = 10_000;

interface Command {
  readonly steps: readonly FuzzPlan[];
  readonly jobs: number;
  readonly json: boolean;
}

function readPlan(): Command | null {
  try {
    const { values } = parseArgs({
      options: {
        ...{
          inputs: { type: 'string' },
          seed: { type: 'string' },
          first: { type: 'string' },
          target: { type: 'string' },
          jobs: { type: 'string' },
        },
        ...{ json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      },
    });
    if (values.help === true) {
      process.stdout.write(usage);
      return null;
    }
    const jobs = wholeNumber('jobs', values.jobs, 1);
    return { steps: planFuzz(values, fuzzTargets), jobs, json: values.json === true };
  } catch (error) {
    process.stderr.write(`${errorMessage(error)}\n\n${usage}`);
    process.exitCode = 2;
    return null;
  }
}

async function runAll({ steps, jobs, json }: Command): Promise<boolean> {
  const total = { ok: true, inputs: 0, refused: 0, read: 0, retried: 0, slowestMs: 0 };
  const runOne = async (step: FuzzPlan): Promise<void> => {
    const startMs = performance.now();
    const outcome = await runTarget(step);
    const seconds = (performance.now() - startMs) / 1000;
    if (outcome.kind === 'failed') {
      total.ok = false;
      const again = `npm run fuzz -- --target ${step.target} --seed ${step.seed} --first ${outcome.input} --inputs 1`;
      if (json) say({ ...step, ok: false, failedInput: outcome.input, message: outcome.message, again });
      process.stderr.write(`FAIL ${step.target}: ${outcome.message}\nAlone: ${again}\n`);
      return;
    }
    const { result } = outcome;
    for (const key of ['inputs', 'refused', 'read', 'retried'] as const) total[key] += result[key];
    total.slowestMs = Math.max(total.slowestMs, result.slowestMs);
    if (json) say({ ...step, ok: true, seconds, ...result });
    else process.stdout.write(`ok   ${describe(step, result)} in ${seconds.toFixed(0)} s\n`);
  };
  const waiting = [...steps];
  const work = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) await runOne(step);
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, work));
  if (json) say({ target: 'all', ...total });
  else
    process.stdout.write(
      `${total.ok ? 'ok  ' : 'FAIL'} all: ${total.inputs} inputs, ${total.refused} refused, ${total.read} read\n`,
    );
  return total.ok;
}

function runTarget(step: FuzzPlan): Promise<Exclude<SideMessage, { kind: 'progress' }>> {
  return new Promise((resolve) => {
    const side = fork(join(root, 'test/faults/fuzz-side.ts'), [JSON.stringify(step)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    let saidMs = performance.now();
    let last: Exclude<SideMessage, { kind: 'progress' }> | null = null;
    let input = step.first;
    side.on('message', (message: SideMessage) => {
      if (message.kind !== 'progress') {
        last = message;
        return;
      }
      input = step.first + message.result.inputs;
      if (performance.now() - saidMs < PROGRESS_MS) return;
      saidMs = performance.now();
      process.stderr.write(`     ${describe(step, message.result)}\n`);
    });
    side.on('exit', (code, signal) => {
      resolve(
        last ?? { kind: 'failed', input, message: `The process ended (${signal ?? code}) at or after this input` },
      );
    });
  });
}

function describe({ target, inputs, capBytes }: FuzzPlan, result: FuzzResult): string {
  const memory = `+${mebibytes(result.growthBytes)} of ${mebibytes(capBytes)} MiB`;
  const slow = `slowest ${result.slowestMs.toFixed(1)} ms (input ${result.slowestInput}, ${result.retried} tried again)`;
  return `${target}: ${result.inputs} of ${inputs} inputs, ${result.refused} refused, ${result.read} read, ${slow}, memory ${memory}`;
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const plan = readPlan();
if (plan !== null) process.exitCode = (await runAll(plan)) ? 0 : 1;
