import type { DutySettings } from './duty-settings.ts';
import type { GpuSignals } from './signals.ts';

/** What a worker is given when it starts; it keeps to it by itself. `null`: no limit of the owner's, or unknown. */
export interface WorkerLimits {
  readonly threads: number;
  /** Of the smallest of its cards. */
  readonly vramBytes: number | null;
  readonly uploadBytesPerSecond: number | null;
  readonly downloadBytesPerSecond: number | null;
  readonly diskQuotaBytes: number;
}

export function workerLimits(settings: DutySettings, gpus: readonly GpuSignals[], cores: number): WorkerLimits {
  const { uploadBytesPerSecond, downloadBytesPerSecond, diskQuotaBytes } = settings;
  const vram = gpus.flatMap((gpu) => vramFor(gpu, settings) ?? []);
  return {
    threads: Math.max(1, Math.floor((cores * settings.cpuPercent) / 100)),
    vramBytes: vram.length === 0 ? settings.vramCapBytes : Math.min(...vram),
    ...{ uploadBytesPerSecond, downloadBytesPerSecond, diskQuotaBytes },
  };
}

/** What others use now, and the reserve, are left to them. */
function vramFor(
  { vramBytes, othersVramBytes }: GpuSignals,
  { vramCapBytes, vramReserveBytes }: DutySettings,
): number | null {
  if (vramBytes.kind === 'unknown') return vramCapBytes;
  const others = othersVramBytes.kind === 'known' ? othersVramBytes.value : 0;
  return Math.max(0, Math.min(vramCapBytes ?? Infinity, vramBytes.value - others - vramReserveBytes));
}
