import type { Hotkey } from '../ids.ts';
import type { PlacementWorker, ShardNeed } from './assign-shards.ts';
import { effectiveThroughput, fits } from './effective-throughput.ts';

/** An assignment in the making. Workers and shards are meant by their index here. */
export class PlacementBoard {
  /** In the order in which equals are served. */
  readonly workers: readonly PlacementWorker[];
  /** By their number. */
  readonly needs: readonly ShardNeed[];
  /** Shard of each worker; −1: none. */
  readonly #shardOf: Int32Array;
  readonly #members: readonly Set<number>[];
  readonly #strengths: Float64Array;
  /** Tokens per second by worker and shard; −1: does not fit. */
  readonly #throughput: Float64Array;

  /** @throws RangeError */
  constructor(workers: readonly PlacementWorker[], needs: readonly ShardNeed[]) {
    this.workers = workers;
    this.needs = needs.toSorted((a, b) => a.shard - b.shard);
    checkInputs(this.workers, this.needs);
    this.#shardOf = new Int32Array(workers.length).fill(-1);
    this.#members = this.needs.map(() => new Set());
    this.#strengths = new Float64Array(needs.length);
    this.#throughput = new Float64Array(workers.length * needs.length);
    for (const [w, worker] of workers.entries()) {
      for (const [s, need] of this.needs.entries()) {
        this.#throughput[w * needs.length + s] = fits(worker, need) ? effectiveThroughput(worker, need) : -1;
      }
    }
  }

  /** What the worker adds to the shard, tokens per second; −1 when it does not fit. */
  throughput(worker: number, shard: number): number {
    return this.#throughput[worker * this.needs.length + shard] ?? -1;
  }

  shardOf(worker: number): number {
    return this.#shardOf[worker] ?? -1;
  }

  /** Sum of the throughputs of the shard's workers, tokens per second. */
  strength(shard: number): number {
    return this.#strengths[shard] ?? 0;
  }

  membersOf(shard: number): ReadonlySet<number> {
    return this.#members[shard] ?? new Set();
  }

  /** Puts a worker where it was. @returns whether it has been there and still fits */
  keep(worker: number, shardNumber: number | undefined): boolean {
    const shard = shardNumber === undefined ? -1 : this.needs.findIndex((need) => need.shard === shardNumber);
    if (shard < 0 || this.throughput(worker, shard) < 0) return false;
    this.place(worker, shard);
    return true;
  }

  /** Moves a worker; −1: nowhere. */
  place(worker: number, shard: number): void {
    const before = this.shardOf(worker);
    this.#members[before]?.delete(worker);
    this.#members[shard]?.add(worker);
    this.#shardOf[worker] = shard;
    this.#sum(before);
    this.#sum(shard);
  }

  /** Number of shards that the worker fits. */
  choicesOf(worker: number): number {
    let count = 0;
    for (let shard = 0; shard < this.needs.length; shard += 1) if (this.throughput(worker, shard) >= 0) count += 1;
    return count;
  }

  bestThroughput(worker: number): number {
    let best = 0;
    for (let shard = 0; shard < this.needs.length; shard += 1) best = Math.max(best, this.throughput(worker, shard));
    return best;
  }

  /** The weakest shard that the worker fits; −1 when there is none. */
  weakestFor(worker: number): number {
    let [weakest, least] = [-1, Infinity];
    for (let shard = 0; shard < this.needs.length; shard += 1) {
      if (this.throughput(worker, shard) < 0) continue;
      const strength = this.strength(shard);
      if (strength < least) [weakest, least] = [shard, strength];
    }
    return weakest;
  }

  assignment(): ReadonlyMap<Hotkey, number> {
    return new Map(
      this.workers
        .flatMap(({ hotkey }, worker): [Hotkey, number][] => {
          const need = this.needs[this.shardOf(worker)];
          return need === undefined ? [] : [[hotkey, need.shard]];
        })
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  /** Anew in a fixed order, so that no rounding is left behind by who came and went. */
  #sum(shard: number): void {
    const members = this.#members[shard];
    if (members === undefined) return;
    let sum = 0;
    for (const worker of [...members].toSorted((a, b) => a - b)) sum += this.throughput(worker, shard);
    this.#strengths[shard] = sum;
  }
}

/** @throws RangeError */
function checkInputs(workers: readonly PlacementWorker[], needs: readonly ShardNeed[]): void {
  if (new Set(workers.map(({ hotkey }) => hotkey)).size < workers.length)
    throw new RangeError('A worker is there twice');
  if (new Set(needs.map(({ shard }) => shard)).size < needs.length) throw new RangeError('A shard is there twice');
  for (const { hotkey, ...worker } of workers) {
    const { vramBytes, gpuClass, tokensPerSecond, uplinkBytesPerSecond, downlinkBytesPerSecond, reliability } = worker;
    const rates = [vramBytes, gpuClass, tokensPerSecond, uplinkBytesPerSecond, downlinkBytesPerSecond, reliability];
    if (!rates.every(isAmount) || reliability > 1) throw new RangeError(`Not the measures of a worker: ${hotkey}`);
  }
  for (const need of needs) {
    if (!Object.values(need).every(isAmount) || need.workPerToken === 0) {
      throw new RangeError(`Not the needs of a shard: ${need.shard}`);
    }
  }
}

const isAmount = (value: number): boolean => Number.isFinite(value) && value >= 0;
