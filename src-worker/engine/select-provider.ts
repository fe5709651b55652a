import { rm } from 'node:fs/promises';
import { toHex } from '#protocol/bytes.ts';
import { sha256 } from '#protocol/hash.ts';
import { DEFAULT_ADAMW } from '#worker/model/adamw.ts';
import { trainingStepModel } from '#worker/model/training-step.ts';
import { chooseProvider, type ProviderChoice } from './choose-provider.ts';
import { driverVersions, loadedLibraries } from './driver-libraries.ts';
import { providerProblem } from './probe-provider.ts';
import { candidateProviders, type Provider } from './providers.ts';
import { readChoice, rememberChoice, type RememberedChoice } from './remembered-choice.ts';
import { loadRuntime } from './runtime.ts';
import { tryProvider, type TrialOptions } from './try-provider.ts';

const NEVER = new AbortController().signal;

/**
 * The provider to train this model with: the one that was chosen here before for this graph, driver and onnxruntime, else the
 * fastest that computes right.
 * A driver may end the process instead of failing. Therefore the file says that a trial is under way until it is over: found at
 * a start, the CPU trains until there is another onnxruntime.
 * @param path of the file that remembers the choice
 * @throws the signal's reason when it aborts, after the run that is under way; what was remembered before stays
 */
export async function selectProvider(
  options: TrialOptions,
  path: string,
  signal: AbortSignal = NEVER,
): Promise<ProviderChoice> {
  signal.throwIfAborted();
  const runtime = await loadRuntime();
  const version = runtime.env.versions.node ?? '';
  const remembered = await readChoice(path);
  const trialMark = `trial with ${version}`;
  if (remembered?.key === trialMark) return choiceOf(remembered);
  const candidates = candidateProviders(runtime.listSupportedBackends());
  const ended = `The CPU trains; trying ${candidates.join(', ')} ended the process before (to try again, delete ${path})`;
  const remembers = await rememberChoice(path, { key: trialMark, ...onCpu(ended) });
  // Without the mark a driver that ends the process would do so at every start.
  if (!remembers) return onCpu(`The CPU trains; ${path} cannot be written, so nothing else is tried`);
  try {
    const { usable, findings } = await probe(candidates, options.threads, signal);
    if (usable.length === 1) {
      await rm(path, { force: true });
      return onCpu(['The CPU trains', ...findings].join('; '));
    }
    const key = await trialKey(version, usable, options);
    if (remembered?.key === key) {
      await rememberChoice(path, remembered);
      return choiceOf(remembered);
    }
    const { reason, ...chosen } = await chooseProvider(
      usable,
      (provider, minSteps) => tryProvider(provider, options, minSteps, signal),
      signal,
    );
    const choice = { ...chosen, reason: [reason, ...findings].join('; ') };
    await rememberChoice(path, { key, ...choice });
    return choice;
  } catch (error) {
    // This process lives: the mark would say otherwise.
    if (remembered === null) await rm(path, { force: true });
    else await rememberChoice(path, remembered);
    throw error;
  }
}

const onCpu = (reason: string): ProviderChoice => ({ provider: 'cpu', stepsPerRun: 1, reason });

const choiceOf = ({ provider, stepsPerRun, reason }: RememberedChoice): ProviderChoice => ({
  ...{ provider, stepsPerRun, reason },
});

/** Which candidates can copy a number, and of the others why not. */
async function probe(
  candidates: readonly Provider[],
  threads: number,
  signal: AbortSignal,
): Promise<{ readonly usable: readonly Provider[]; readonly findings: readonly string[] }> {
  const usable: Provider[] = [];
  const findings: string[] = [];
  for (const provider of candidates) {
    signal.throwIfAborted();
    const problem = await providerProblem(provider, threads);
    if (problem === null) usable.push(provider);
    else findings.push(`${provider} cannot be used: ${problem}`);
  }
  return { usable, findings };
}

/** Everything that a choice depends on. Asked after the probe, because only now drivers are loaded. */
async function trialKey(
  version: string,
  usable: readonly Provider[],
  { config, batchSize, threads }: TrialOptions,
): Promise<string> {
  const model = trainingStepModel(config, { batchSize, optimizer: DEFAULT_ADAMW });
  const drivers = (await driverVersions(loadedLibraries())).join(' ');
  const hashes = [model, new TextEncoder().encode(drivers)].map((bytes) => toHex(sha256(bytes)));
  return [version, usable.join('+'), `${threads} threads`, ...hashes].join(' ');
}
