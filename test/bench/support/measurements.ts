import { errorMessage } from '#protocol/errors.ts';
import type { BenchResult } from '../../../scripts/bench/report.ts';
import { median } from './median.ts';

/** What one side did within one pair. */
interface Sample {
  /** Median of its steps. */
  readonly secondsPerStep: number;
  /** Of its last step. */
  readonly loss: number;
  readonly peakRssMiB: number;
  readonly threads: number;
}

/** What one side of a comparison was measured to do; or why it was not, from the first failure on. */
export class Measurements<S extends Sample = Sample> {
  readonly name: string;
  readonly samples: S[] = [];
  #skipped: string | null = null;

  constructor(name: string) {
    this.name = name;
  }

  /** Takes one more sample, or notes why there is none: a side that failed once is not asked again. */
  async measure(sample: () => Promise<S>): Promise<void> {
    if (this.#skipped !== null) return;
    try {
      this.samples.push(await sample());
    } catch (error) {
      this.#skipped = errorMessage(error);
    }
  }

  get skipped(): boolean {
    return this.#skipped !== null;
  }

  get secondsPerStep(): number {
    return median(this.samples.map(({ secondsPerStep }) => secondsPerStep));
  }

  get peakRssMiB(): number {
    return Math.max(...this.samples.map(({ peakRssMiB }) => peakRssMiB));
  }

  row(tokensPerStep: number, details: Readonly<Record<string, unknown>>): BenchResult['rows'][number] {
    if (this.#skipped !== null) return { name: this.name, skipped: this.#skipped };
    const seconds = this.samples.map(({ secondsPerStep }) => secondsPerStep);
    return {
      ...{ name: this.name, threads: this.samples[0]?.threads, pairs: seconds.length },
      tokensPerSecond: tokensPerStep / this.secondsPerStep,
      secondsPerStep: this.secondsPerStep,
      leastSecondsPerStep: Math.min(...seconds),
      mostSecondsPerStep: Math.max(...seconds),
      peakRssMiB: this.peakRssMiB,
      ...details,
    };
  }
}
