import { errorMessage } from '#protocol/errors.ts';
import type { ValidatorPorts } from '../validator-desk.ts';
import type { WeightSetter } from './weight-setter.ts';

/** Reveals in each block what is due, beside the rounds: the epoch of a reveal may pass within one. Ends when `signal` aborts. */
export async function revealOverBlocks(
  { clock, log }: Pick<ValidatorPorts, 'clock' | 'log'>,
  setter: WeightSetter,
  signal: AbortSignal,
): Promise<void> {
  const isOver = (): boolean => signal.aborted;
  let next = 0;
  while (!isOver()) {
    try {
      const { number } = await clock.waitFor(next, signal);
      next = number + 1;
      await setter.catchUp(signal);
    } catch (error) {
      if (!isOver()) log('warning', errorMessage(error));
    }
  }
}
