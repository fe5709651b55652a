import { toHex } from '#protocol/bytes.ts';
import { sha256 } from '#protocol/hash.ts';
import { DEFAULT_ADAMW } from '#worker/model/adamw.ts';
import { NO_SAVINGS } from '#worker/model/memory-savings.ts';
import { trainingStepModel } from '#worker/model/training-step.ts';
import { driverVersions, loadedLibraries } from './driver-libraries.ts';
import type { Provider } from './providers.ts';
import type { TrialOptions } from './try-provider.ts';

/** Everything that a choice depends on. Asked after the probe, because only now drivers are loaded. */
export async function trialKey(
  version: string,
  usable: readonly Provider[],
  { config, batchSize, threads, ...options }: TrialOptions,
): Promise<string> {
  const { largestRunSize = batchSize, segmentLayers = config.layers, savings = NO_SAVINGS } = options;
  const { optimiserState, optimiserPlace, weights } = savings;
  const memory = [`runs of ${largestRunSize}`, `${segmentLayers} layers`, optimiserState, optimiserPlace, weights];
  const model = trainingStepModel(config, { batchSize, optimizer: DEFAULT_ADAMW });
  const drivers = (await driverVersions(loadedLibraries())).join(' ');
  const hashes = [model, new TextEncoder().encode(drivers)].map((bytes) => toHex(sha256(bytes)));
  return [version, usable.join('+'), `${threads} threads`, ...memory, ...hashes].join(' ');
}
