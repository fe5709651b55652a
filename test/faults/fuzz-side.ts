import { Worker } from 'node:worker_threads';
import { errorMessage } from '#protocol/errors.ts';
import { FuzzFailure, runFuzz } from '../support/fuzz/run-fuzz.ts';
import { fuzzTargets } from '../support/fuzz/targets.ts';

/** The process of one target of `npm run fuzz`; its argument is the plan. */
const { target, seed, first, inputs } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly target: string;
  readonly seed: number;
  readonly first: number;
  readonly inputs: number;
};
const SLOW_MS = 50;
/** An input that never ends leaves this thread no turn to say so: another one does. */
const HANG_MS = 30_000;

const current = new Uint32Array(new SharedArrayBuffer(4));
const watchdog = new Worker(
  `const { workerData: { current, hangMs, target } } = require('node:worker_threads');
   let seen = -1;
   setInterval(() => {
     const input = Atomics.load(current, 0);
     if (input === seen) {
       require('node:fs').writeSync(2, 'Target ' + target + ' hangs at input ' + input + '\\n');
       process.kill(process.pid, 'SIGKILL');
     }
     seen = input;
   }, hangMs);`,
  { eval: true, workerData: { current, hangMs: HANG_MS, target } },
);
watchdog.unref();

/** Resolves when it is on its way: what is said last must not be lost at the end. */
const say = (message: object): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(message, undefined, {}, (error) => (error === null ? resolve() : reject(error)));
  });

const chosen = fuzzTargets.find(({ name }) => name === target);
if (chosen === undefined) throw new Error(`No target ${target}`);
try {
  const result = await runFuzz(chosen, {
    ...{ seed, first, inputs, slowMs: SLOW_MS, checksMemory: true },
    onInput: (input) => Atomics.store(current, 0, input),
    onProgress: (progress) => process.send?.({ kind: 'progress', result: progress }),
  });
  await say({ kind: 'done', result });
} catch (error) {
  const input = error instanceof FuzzFailure ? error.input : Atomics.load(current, 0);
  await say({ kind: 'failed', input, message: errorMessage(error) });
} finally {
  await watchdog.terminate();
  process.disconnect();
}
