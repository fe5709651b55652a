import type { HardwareState } from '#protocol/contract/state.ts';
import { MillraceError } from '#protocol/errors.ts';
import { EMPTY_REPORT, type SourceReport } from './finding.ts';
import { classifyMachine } from './machine-class.ts';
import { mergeFindings } from './merge.ts';
import type { HardwareDeps } from './ports.ts';
import { readCpu } from './sources/cpu.ts';
import { readSystemProfiler } from './sources/macos.ts';
import { readNvidiaSmi, type NvidiaReport } from './sources/nvidia-smi.ts';
import { readSysfs } from './sources/sysfs.ts';
import { readSystemInformation } from './sources/systeminformation.ts';
import { readWindowsRegistry } from './sources/windows-registry.ts';

export type ReadyHardwareState = Extract<HardwareState, { readonly kind: 'ready' }>;

type ReadSource = (deps: HardwareDeps, signal: AbortSignal) => Promise<SourceReport>;

/** The operating system's own source; elsewhere only the last resort is left. */
const PLATFORM_SOURCES: Partial<Record<NodeJS.Platform, ReadSource>> = {
  linux: readSysfs,
  win32: readWindowsRegistry,
  darwin: readSystemProfiler,
};

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new MillraceError('ABORTED', 'Hardware detection was cancelled.', { cause: signal.reason });
}

async function readLastResort(deps: HardwareDeps, nvidia: NvidiaReport, signal: AbortSignal): Promise<SourceReport> {
  if (!nvidia.hung) return readSystemInformation(deps, signal);
  return { findings: [], warnings: ['systeminformation was not asked, because it waits for nvidia-smi without end.'] };
}

/** A card whose driver does not answer is worth a word: with the driver it would serve in a better class. */
function missingDriver(nvidia: NvidiaReport, platform: SourceReport): readonly string[] {
  if (nvidia.installed || !platform.findings.some((gpu) => gpu.vendor === 'nvidia' && gpu.source !== 'system_profiler'))
    return [];
  return ["There is an NVIDIA card, but nvidia-smi is not installed: install NVIDIA's driver to use it fully."];
}

/**
 * Finds every GPU, the CPU and the class that this machine serves in. Sources that fail, hang or answer garbage become
 * `warnings`; only the signal makes it throw (`ABORTED`). All timeouts together stay under 45 s; but
 * systeminformation blocks the thread, so run it in a process of its own (probe-main.ts).
 */
export async function detectHardware(deps: HardwareDeps, signal: AbortSignal): Promise<ReadyHardwareState> {
  throwIfAborted(signal);
  const [nvidia, platform, { cpu, warnings: cpuWarnings }] = await Promise.all([
    readNvidiaSmi(deps, signal),
    (PLATFORM_SOURCES[deps.platform] ?? (() => Promise.resolve(EMPTY_REPORT)))(deps, signal),
    readCpu(deps, signal),
  ]);
  throwIfAborted(signal);
  const direct = mergeFindings([...nvidia.findings, ...platform.findings], cpu.memoryBytes);
  const lastResort = direct.length > 0 ? EMPTY_REPORT : await readLastResort(deps, nvidia, signal);
  const gpus = direct.length > 0 ? direct : mergeFindings(lastResort.findings, cpu.memoryBytes);
  return {
    kind: 'ready',
    gpus,
    cpu,
    ...classifyMachine(gpus, cpu),
    warnings: [
      ...nvidia.warnings,
      ...missingDriver(nvidia, platform),
      ...platform.warnings,
      ...lastResort.warnings,
      ...cpuWarnings,
    ],
    detectedAtMs: deps.nowMs(),
  };
}
