import { MAX_RUN_MS } from './run-size.ts';

/** More only make the graph larger: what crosses costs an eighth already, and loading it takes longer than in proportion. */
const MAX_STEPS = 8;
/** What crossing may add to the time of computing. */
const TRANSFER_SHARE = 0.1;
/** Runs whose shortest counts: the first of a graph compiles, and a busy machine makes any single one long. */
const MEASURED_RUNS = 3;

/**
 * How many inner steps a run should take, so that it stays under MAX_RUN_MS, and no more than make what crosses small.
 * @param oneMs a run of one step
 * @param twoMs a run of two: what the second adds is computing, the rest of the first is crossing
 */
export function fittingSteps(oneMs: number, twoMs: number): number {
  const stepMs = Math.max(twoMs - oneMs, oneMs / 100); // a clock's noise must not make a step take no time
  const transferMs = Math.max(0, oneMs - stepMs);
  const wanted = Math.ceil(transferMs / (TRANSFER_SHARE * stepMs));
  const fitting = Math.floor((MAX_RUN_MS - transferMs) / stepMs);
  return Math.max(1, Math.min(wanted, fitting, MAX_STEPS));
}

/** Finds how many inner steps a run takes: measures runs of one and of two, then chooses; later only fewer, when runs get long. */
export class StepsPerRun {
  #steps: number;
  #phase: 'one' | 'two' | 'chosen';
  #oneMs = 0;
  #runsMs: number[] = [];

  /** @param known what was chosen before; `null` to measure */
  constructor(known: number | null) {
    this.#steps = Math.max(1, Math.min(known ?? 1, MAX_STEPS));
    this.#phase = known === null ? 'one' : 'chosen';
  }

  get current(): number {
    return this.#steps;
  }

  /** A run of `current` steps has taken so long. */
  measured(runMs: number): void {
    this.#runsMs = [...this.#runsMs, runMs].slice(-MEASURED_RUNS);
    if (this.#runsMs.length < MEASURED_RUNS) return;
    const leastMs = Math.min(...this.#runsMs);
    if (this.#phase === 'one') {
      this.#oneMs = leastMs;
      // A run that is too long with one step is so with two.
      if (leastMs > MAX_RUN_MS) this.#choose(1);
      else this.#begin(2, 'two');
    } else if (this.#phase === 'two') {
      this.#choose(fittingSteps(this.#oneMs, leastMs));
    } else if (leastMs > MAX_RUN_MS && this.#steps > 1) {
      this.#choose(Math.floor((this.#steps * MAX_RUN_MS) / leastMs));
    }
  }

  #choose(steps: number): void {
    this.#begin(Math.max(1, steps), 'chosen');
  }

  #begin(steps: number, phase: 'two' | 'chosen'): void {
    this.#steps = steps;
    this.#phase = phase;
    this.#runsMs = [];
  }
}
