import type { Hotkey } from '#protocol/ids.ts';
import {
  assignShards,
  DEFAULT_PLACEMENT,
  type PlacementWorker,
  type ShardNeed,
  shardStrengths,
} from '#protocol/placement/assign-shards.ts';
import { randomStream } from '#protocol/random.ts';
import { rao } from '#protocol/units.ts';
import type { BenchResult } from '../../scripts/bench/report.ts';
import { median } from './support/median.ts';

const WORKERS = 1000;
const SHARDS = 80;
const RUNS = 7;
const MAX_MS = 200;
const GIB = 2 ** 30;
/** Cards of players and miners. */
const VRAM_GIB = [8, 8, 12, 12, 16, 24, 24, 48];

/** A thousand workers over eighty shards: from nothing, after a tenth has left, and when a quarter of the shards has lost most workers. */
export function run(): Promise<BenchResult> {
  const random = randomStream(Uint8Array.of(1));
  const between = (low: number, high: number): number => low + random.nextBelow(high - low);
  const needs: readonly ShardNeed[] = Array.from({ length: SHARDS }, (_, shard) => ({
    ...{ shard, memoryBytes: between(6, 20) * GIB, minGpuClass: 0, workPerToken: between(5, 15) / 10 },
    ...{ sentBytesPerToken: 500, receivedBytesPerToken: 1000 },
  }));
  const roster: readonly PlacementWorker[] = Array.from({ length: WORKERS }, (_, n) => ({
    ...{ hotkey: `worker ${n}` as Hotkey, vramBytes: (VRAM_GIB[n % VRAM_GIB.length] ?? 8) * GIB, gpuClass: 1 },
    ...{ tokensPerSecond: between(500, 20_000), reliability: between(50, 100) / 100, stakeRao: rao(between(0, 100)) },
    ...{ uplinkBytesPerSecond: between(1e6, 2e7), downlinkBytesPerSecond: between(5e6, 1e8) },
  }));
  const seed = Uint8Array.of(2);
  const first = assignShards(roster, needs, new Map(), DEFAULT_PLACEMENT, seed);
  const cases = {
    'from nothing': { workers: roster, previous: new Map<Hotkey, number>() },
    'a tenth has left': { workers: roster.filter((_, n) => n % 10 !== 0), previous: first },
    'twenty shards have lost all but one worker in four': {
      workers: roster.filter(({ hotkey }, n) => (first.get(hotkey) ?? 0) >= 20 || n % 4 === 0),
      previous: first,
    },
  };
  const rows: BenchResult['rows'] = [];
  const verdicts: BenchResult['verdicts'] = [];
  for (const [name, { workers, previous }] of Object.entries(cases)) {
    const times: number[] = [];
    let assignment = first;
    for (let n = 0; n < RUNS; n += 1) {
      const startMs = performance.now();
      assignment = assignShards(workers, needs, previous, DEFAULT_PLACEMENT, seed);
      times.push(performance.now() - startMs);
    }
    const strengths = [...shardStrengths(workers, needs, assignment).values()];
    const moved = workers.filter(
      ({ hotkey }) => previous.has(hotkey) && previous.get(hotkey) !== assignment.get(hotkey),
    );
    const ms = median(times);
    rows.push({
      name,
      ms,
      mostMs: Math.max(...times),
      workers: workers.length,
      moved: moved.length,
      ...spread(strengths),
    });
    verdicts.push({ name: `milliseconds, ${name}`, value: ms, goal: `< ${MAX_MS}`, ok: ms < MAX_MS });
  }
  return Promise.resolve({ runs: RUNS, rows, verdicts });
}

const spread = (strengths: readonly number[]) => ({
  weakestTokensPerSecond: Math.min(...strengths),
  medianTokensPerSecond: median(strengths),
  strongestTokensPerSecond: Math.max(...strengths),
});
