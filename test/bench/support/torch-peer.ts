import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as v from 'valibot';

const TIMEOUT_MS = 300_000;
const VARIABLE = 'MILLRACE_BENCH_TORCH_LLAMA';

/** Steps that the program takes before those that it counts. */
export const TORCH_WARM_UP_STEPS = 3;

const ReplySchema = v.object({
  version: v.string(),
  secondsPerStep: v.number(),
  peakRssMiB: v.number(),
  /** Of the last step. */
  loss: v.number(),
});
type TorchReply = v.InferOutput<typeof ReplySchema>;

interface TorchOptions {
  readonly config: string;
  readonly threads: number;
  readonly steps: number;
  readonly compile: boolean;
}

/**
 * Runs the PyTorch program (see the README of the peers), whose command line stands in an environment variable.
 * @throws with the reason when it is not there or does not run
 */
export async function runTorch({ config, threads, steps, compile }: TorchOptions): Promise<TorchReply> {
  const command = process.env[VARIABLE];
  if (command === undefined) throw new Error(`${VARIABLE} is not set`);
  const [program = '', ...leading] = command.split(' ');
  const settings = ['--config', config, '--threads', String(threads), '--steps', String(steps)];
  const args = [...leading, ...settings, ...(compile ? ['--compile'] : [])];
  const { stdout } = await promisify(execFile)(program, args, { timeout: TIMEOUT_MS });
  return v.parse(ReplySchema, JSON.parse(stdout));
}
