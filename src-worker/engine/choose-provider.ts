import { errorMessage } from '#protocol/errors.ts';
import { keepsTensors, type Provider } from './providers.ts';
import type { Trial } from './try-provider.ts';

export interface ProviderChoice {
  readonly provider: Provider;
  /** Inner steps in one run: see `Trainer.stepsPerRun`. */
  readonly stepsPerRun: number;
  /** For the owner: what was tried and what came of it. */
  readonly reason: string;
}

/** How far a loss may be from the CPU's, nats. */
const LOSS_TOLERANCE = 1e-3;
/**
 * How far a gradient norm may be from the CPU's, relative to it. It shows what the loss does not: the loss of a step is that
 * before it, and some devices drop a NaN on the way there. Rounding alone stays far below, also where a device rounds products
 * to the 11 bits of TF32 (2⁻¹¹ each, in both directions); a gradient that lacks a part does not.
 */
const NORM_TOLERANCE = 1e-2;

/**
 * The fastest provider whose numbers are those of the CPU, by trying each on the graph that it will run.
 * @param candidates in the order of preference; the CPU among them
 * @param tryOut trains with a provider for at least so many steps
 * @throws the signal's reason when it aborts
 */
export async function chooseProvider(
  candidates: readonly Provider[],
  tryOut: (provider: Provider, minSteps: number) => Promise<Trial>,
  signal: AbortSignal,
): Promise<ProviderChoice> {
  const trials = new Map<Provider, Trial>();
  const findings: string[] = [];
  for (const provider of candidates) {
    if (provider === 'cpu') continue;
    signal.throwIfAborted();
    try {
      trials.set(provider, await tryOut(provider, 0));
    } catch (error) {
      signal.throwIfAborted();
      findings.push(`${provider} cannot be used: ${errorMessage(error)}`);
    }
  }
  if (trials.size === 0) return { provider: 'cpu', stepsPerRun: 1, reason: ['The CPU trains', ...findings].join('; ') };

  signal.throwIfAborted();
  const cpu = await tryOut('cpu', Math.max(...[...trials.values()].map(({ results }) => results.length)));
  let best: Provider = 'cpu';
  let bestTrial = cpu;
  for (const [provider, trial] of trials) {
    const problem = differenceFrom(cpu, trial);
    if (problem !== null) {
      findings.push(`${provider} computes wrongly: ${problem}`);
      continue;
    }
    findings.push(`${provider} takes ${trial.stepMs.toFixed(0)} ms a step`);
    if (trial.stepMs < bestTrial.stepMs) [best, bestTrial] = [provider, trial];
  }
  const { stepsPerRun } = bestTrial;
  const parts = [
    best === 'cpu' ? 'The CPU trains' : `${best} trains`,
    ...crossing(best, stepsPerRun),
    ...findings,
    `the CPU takes ${cpu.stepMs.toFixed(0)} ms`,
  ];
  return { provider: best, stepsPerRun, reason: parts.join('; ') };
}

/** What is wrong with the numbers of a trial; `null` when they are those of the CPU. */
function differenceFrom(cpu: Trial, { results }: Trial): string | null {
  const pairs = results.map((result, step) => [result, cpu.results[step] ?? { loss: NaN, gradientNorm: NaN }] as const);
  const lossOff = Math.max(...pairs.map(([found, right]) => Math.abs(found.loss - right.loss)));
  if (!(lossOff <= LOSS_TOLERANCE)) return `its loss is ${lossOff.toPrecision(2)} off`;
  const normOff = Math.max(...pairs.map(([found, right]) => Math.abs(found.gradientNorm / right.gradientNorm - 1)));
  if (!(normOff <= NORM_TOLERANCE)) return `the norm of its gradients is ${(100 * normOff).toPrecision(2)} % off`;
  return null;
}

/** How the state of a provider that cannot keep it travels. */
function crossing(provider: Provider, stepsPerRun: number): readonly string[] {
  if (keepsTensors(provider)) return [];
  const often = stepsPerRun === 1 ? 'its state crosses with every step' : `${stepsPerRun} steps a run`;
  return [`${often}, because this provider cannot keep tensors on the device`];
}
