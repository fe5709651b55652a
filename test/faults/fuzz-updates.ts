import { fuzzUpdates } from '../support/fuzz-updates.ts';

/**
 * `node test/faults/fuzz-updates.ts [INPUTS]`: decodes so many damaged updates (two millions if not said), and ends with 1 when
 * anything but a ProtocolError comes out, one takes over 50 ms, or memory grows by more than 64 MiB after the first ten thousand.
 */
const INPUTS = Number(process.argv[2] ?? 2_000_000);
const STEP = 10_000;
const SLOW_MS = 50;
const MOST_GROWTH_BYTES = 64 * 2 ** 20;

let [refused, read, slowestMs, firstRss, mostRss] = [0, 0, 0, 0, 0];
for (let first = 0; first < INPUTS; first += STEP) {
  const result = fuzzUpdates(first, Math.min(STEP, INPUTS - first), SLOW_MS);
  refused += result.refused;
  read += result.read;
  slowestMs = Math.max(slowestMs, result.slowestMs);
  const rss = process.memoryUsage.rss();
  if (first === 0) firstRss = rss;
  mostRss = Math.max(mostRss, rss);
  if (first % (20 * STEP) === 0) process.stderr.write(`${first + STEP} inputs\n`);
}
const growthMiB = (mostRss - firstRss) / 2 ** 20;
const ok = slowestMs <= SLOW_MS && mostRss - firstRss <= MOST_GROWTH_BYTES;
process.stdout.write(`${JSON.stringify({ inputs: INPUTS, refused, read, slowestMs, growthMiB, ok })}\n`);
process.exitCode = ok ? 0 : 1;
