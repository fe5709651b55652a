import * as v from 'valibot';
import { runTorchProgram } from './torch-program.ts';

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
 * Runs the PyTorch program that trains (see the README of the peers).
 * @throws with the reason when it is not there or does not run
 */
export async function runTorch({ config, threads, steps, compile }: TorchOptions): Promise<TorchReply> {
  const settings = ['--config', config, '--threads', String(threads), '--steps', String(steps)];
  const args = [...settings, ...(compile ? ['--compile'] : [])];
  return v.parse(ReplySchema, await runTorchProgram('MILLRACE_BENCH_TORCH_LLAMA', args));
}
