import type { ComputeClass } from '#protocol/contract/state.ts';
import { GIB } from '../parse.ts';

export interface Verdict {
  readonly computeClass: ComputeClass;
  /** In words: `RTX 3080: compute capability 8.6, 10 GB → high`. */
  readonly classReason: string;
}

/** What the class tables look at: one GPU after all sources were merged. */
export interface GpuTraits {
  readonly name: string;
  readonly pciDeviceId: number | null;
  readonly vramBytes: number | null;
  readonly unifiedMemory: boolean;
  readonly computeCapability: number | null;
  readonly gpuCores: number | null;
  readonly metalFamily: string | null;
}

/** Whole gigabytes: drivers keep a little back, so a "24 GB" card reports 23.99 and a "20 GB" one 19.98. */
export function wholeGb(bytes: number): number {
  return Math.round(bytes / GIB);
}

/** `10 GB`, `96 GB unified`, `memory unknown`. */
export function memoryWords(gpu: Pick<GpuTraits, 'vramBytes' | 'unifiedMemory'>): string {
  if (gpu.vramBytes === null) return 'memory unknown';
  const size = gpu.vramBytes < GIB ? `${Math.round(gpu.vramBytes / 2 ** 20)} MB` : `${wholeGb(gpu.vramBytes)} GB`;
  return gpu.unifiedMemory ? `${size} unified` : size;
}

/** The memory that training may count on, GB: of unified memory half, because the system lives there too. */
export function trainingGb(gpu: Pick<GpuTraits, 'vramBytes' | 'unifiedMemory'>): number {
  return gpu.vramBytes === null ? 0 : wholeGb(gpu.unifiedMemory ? gpu.vramBytes / 2 : gpu.vramBytes);
}

/** `NVIDIA GeForce RTX 3080` → `RTX 3080`. */
function shortName(name: string): string {
  const plain = name
    .replace(/\((R|TM|C)\)/gi, '')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.replace(/^(NVIDIA|AMD|Intel|Apple)\s+(?=\S)/i, '').replace(/^GeForce\s+/i, '');
}

/** The verdict with its sentence: the facts that decided it, then the class. */
export function verdict(computeClass: ComputeClass, gpu: GpuTraits, ...facts: readonly string[]): Verdict {
  return { computeClass, classReason: `${shortName(gpu.name)}: ${facts.join(', ')} → ${computeClass}` };
}
