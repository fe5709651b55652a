import * as v from 'valibot';
import { runTorchProgram } from './torch-program.ts';

const ReplySchema = v.object({
  version: v.string(),
  encodeParamsPerSecond: v.number(),
  /** Of one peer's update; no outer step. */
  decodeParamsPerSecond: v.number(),
  bitsPerParam: v.number(),
  /** Squared error of what is kept, as a share of its squares. */
  keptEnergyErr: v.number(),
});
export type TorchCodecReply = v.InferOutput<typeof ReplySchema>;

/** Runs of the program within one pair, of which it takes the median. */
const RUNS = 3;

/** The PyTorch program that encodes and decodes (see the README of the peers). @throws why it does not run */
export async function runTorchCodec(values: number, threads: number): Promise<TorchCodecReply> {
  const args = ['--params', String(values), '--threads', String(threads), '--runs', String(RUNS)];
  return v.parse(ReplySchema, await runTorchProgram('MILLRACE_BENCH_TORCH_SPARSELOCO', args));
}
