import type { Cpu } from '#protocol/contract/state.ts';
import { errorMessage } from '#protocol/errors.ts';
import { withDeadline } from '../deadline.ts';
import { asSentence, excerpt, plausibleBytes } from '../parse.ts';
import type { HardwareDeps } from '../ports.ts';
import { readMacMemory } from './macos.ts';

/** Asked one after the other; the runtime's own figures will do after that. */
const TIMEOUT_MS = 8_000;
const MAX_CORES = 4096;

export interface CpuReport {
  readonly cpu: Cpu;
  readonly warnings: readonly string[];
}

/** The processor and the system's memory. What systeminformation cannot tell comes from the runtime. */
export async function readCpu(deps: HardwareDeps, signal: AbortSignal): Promise<CpuReport> {
  const warnings: string[] = [];
  const ask = async <T>(what: string, promise: Promise<T>): Promise<T | null> => {
    try {
      return await withDeadline(promise, TIMEOUT_MS, `systeminformation (${what})`, signal);
    } catch (error) {
      signal.throwIfAborted();
      warnings.push(`systeminformation could not read the ${what}: ${asSentence(excerpt(errorMessage(error)))}`);
      return null;
    }
  };
  const [cpu, mac] = await Promise.all([
    ask('processor', deps.systemInformation.cpu()),
    deps.platform === 'darwin' ? readMacMemory(deps, signal) : null,
  ]);
  warnings.push(...(mac?.warnings ?? []));
  const memoryBytes = mac?.memoryBytes ?? (await ask('memory', deps.systemInformation.mem()))?.total ?? null;
  const name = `${cpu?.manufacturer ?? ''} ${cpu?.brand ?? ''}`.trim();
  const cores = cpu?.cores ?? 0;
  return {
    cpu: {
      name: name === '' ? deps.runtime.cpuName : name,
      cores: Number.isInteger(cores) && cores > 0 && cores <= MAX_CORES ? cores : deps.runtime.cores,
      memoryBytes: plausibleBytes(memoryBytes) ?? deps.runtime.memoryBytes,
    },
    warnings,
  };
}
