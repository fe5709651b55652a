import { errorMessage } from '#protocol/errors.ts';
import type { Provider } from './providers.ts';
import type { Trial } from './try-provider.ts';

export interface ProviderChoice {
  readonly provider: Provider;
  /** For the owner: what was tried and what came of it. */
  readonly reason: string;
}

/** How far a loss may be from the CPU's, nats. */
const LOSS_TOLERANCE = 1e-3;

/**
 * The fastest provider whose numbers are those of the CPU, by trying each on the graph that it will run.
 * @param candidates in the order of preference; the CPU among them
 */
export async function chooseProvider(
  candidates: readonly Provider[],
  tryOut: (provider: Provider) => Promise<Trial>,
): Promise<ProviderChoice> {
  const trials = new Map<Provider, Trial>();
  const findings: string[] = [];
  for (const provider of candidates) {
    if (provider === 'cpu') continue;
    try {
      trials.set(provider, await tryOut(provider));
    } catch (error) {
      findings.push(`${provider} cannot be used: ${errorMessage(error)}`);
    }
  }
  if (trials.size === 0) return { provider: 'cpu', reason: ['The CPU trains', ...findings].join('; ') };

  const cpu = await tryOut('cpu');
  let best: Provider = 'cpu';
  let bestMs = cpu.stepMs;
  for (const [provider, { losses, stepMs }] of trials) {
    const off = Math.max(...losses.map((loss, step) => Math.abs(loss - (cpu.losses[step] ?? NaN))));
    if (!(off <= LOSS_TOLERANCE)) {
      findings.push(`${provider} computes wrongly: its loss is ${off.toPrecision(2)} off`);
      continue;
    }
    findings.push(`${provider} takes ${stepMs.toFixed(0)} ms a step`);
    if (stepMs < bestMs) [best, bestMs] = [provider, stepMs];
  }
  const name = best === 'cpu' ? 'The CPU' : best;
  return {
    provider: best,
    reason: [`${name} trains`, ...findings, `the CPU takes ${cpu.stepMs.toFixed(0)} ms`].join('; '),
  };
}
