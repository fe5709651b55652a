import type { Evaluator } from '#worker/engine/evaluator.ts';
import type { Trainer } from '#worker/engine/trainer.ts';
import { newEngines } from '../swarm.ts';
import { faultsRun } from './run-of-faults.ts';

/** Engines that are used again in the next run: building them takes longer than some runs. */
export class EnginePool {
  readonly #free: { readonly trainers: Trainer[]; readonly evaluators: Evaluator[] } = { trainers: [], evaluators: [] };
  readonly #lent: { trainers: Trainer[]; evaluators: Evaluator[] } = { trainers: [], evaluators: [] };

  async trainer(): Promise<Trainer> {
    const trainer = this.#free.trainers.pop() ?? (await newEngines(faultsRun).trainer());
    trainer.resetOptimizer();
    this.#lent.trainers.push(trainer);
    return trainer;
  }

  async evaluator(): Promise<Evaluator> {
    const evaluator = this.#free.evaluators.pop() ?? (await newEngines(faultsRun).evaluator());
    this.#lent.evaluators.push(evaluator);
    return evaluator;
  }

  /** A run is over, and nothing of it computes any more. */
  takeBack(): void {
    this.#free.trainers.push(...this.#lent.trainers.splice(0));
    this.#free.evaluators.push(...this.#lent.evaluators.splice(0));
  }
}
