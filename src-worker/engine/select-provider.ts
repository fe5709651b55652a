import { dirname, join } from 'node:path';
import { errorMessage } from '#protocol/errors.ts';
import { chooseProvider, type ProviderChoice } from './choose-provider.ts';
import { providerProblem } from './probe-provider.ts';
import { candidateProviders, type Provider } from './providers.ts';
import { readChoice, rememberChoice, type RememberedChoice } from './remembered-choice.ts';
import { loadRuntime } from './runtime.ts';
import { trialKey } from './trial-key.ts';
import { TrialMarks } from './trial-marks.ts';
import { tryProvider, type TrialOptions } from './try-provider.ts';

const NEVER = new AbortController().signal;

/**
 * The provider to train this model with: the one that was chosen here before for this graph, ways to save memory, driver and
 * onnxruntime, else the fastest that computes right. A provider whose trial has ended the process is left out: see `TrialMarks`.
 * @param path of the file that remembers the choice; what trials have done is remembered beside it
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
  const marks = await TrialMarks.open(join(dirname(path), 'provider-trials.json'), version);
  const candidates = candidateProviders(runtime.listSupportedBackends()).filter((name) => !marks.hasEnded(name));
  const { usable, findings } = await probe(candidates, options.threads, marks, signal);
  if (usable.length === 1) return onCpu(['The CPU trains', ...findings, ...marks.findings()].join('; '));
  const key = await trialKey(version, usable, options);
  if (remembered?.key === key) return choiceOf(remembered, marks);
  const { reason, ...chosen } = await chooseProvider(
    usable,
    (provider, minSteps) => marks.during(provider, signal, () => tryProvider(provider, options, minSteps, signal)),
    signal,
  );
  const choice = { key, ...chosen, reason: [reason, ...findings].join('; ') };
  await rememberChoice(path, choice);
  return choiceOf(choice, marks);
}

const onCpu = (reason: string): ProviderChoice => ({ provider: 'cpu', stepsPerRun: 1, reason });

const choiceOf = ({ provider, stepsPerRun, reason }: RememberedChoice, marks: TrialMarks): ProviderChoice => ({
  ...{ provider, stepsPerRun, reason: [reason, ...marks.findings()].join('; ') },
});

/** Which candidates can copy a number, and of the others why not. */
async function probe(
  candidates: readonly Provider[],
  threads: number,
  marks: TrialMarks,
  signal: AbortSignal,
): Promise<{ readonly usable: readonly Provider[]; readonly findings: readonly string[] }> {
  const usable: Provider[] = [];
  const findings: string[] = [];
  for (const provider of candidates) {
    signal.throwIfAborted();
    const problem = await marks.during(provider, signal, () => providerProblem(provider, threads)).catch(errorMessage);
    if (problem === null) usable.push(provider);
    else findings.push(`${provider} cannot be used: ${problem}`);
  }
  return { usable, findings };
}
