import type { ComputeClass } from '#protocol/contract/state.ts';
import { memoryWords, trainingGb, verdict, type GpuTraits, type Verdict } from './verdict.ts';

/**
 * First match wins. 8.0 (Ampere) brought bfloat16 and TF32, 7.0 (Volta) tensor cores, 6.0 (Pascal) is the oldest that
 * current CUDA libraries still serve.
 */
const RULES: readonly { readonly capability: number; readonly gb: number; readonly computeClass: ComputeClass }[] = [
  { capability: 8.0, gb: 40, computeClass: 'datacenter' },
  { capability: 8.0, gb: 10, computeClass: 'high' },
  { capability: 7.0, gb: 16, computeClass: 'high' },
  { capability: 7.0, gb: 6, computeClass: 'mid' },
  { capability: 6.0, gb: 8, computeClass: 'mid' },
];

/** NVIDIA's device ids by ranges (the PCI ID project's list), newest first: for a driver that tells no capability. */
const GENERATIONS: readonly { readonly from: number; readonly capability: number; readonly name: string }[] = [
  { from: 0x3180, capability: 10.3, name: 'Blackwell Ultra' },
  { from: 0x2b80, capability: 12.0, name: 'Blackwell' }, // RTX 50
  { from: 0x2900, capability: 10.0, name: 'Blackwell' }, // B100, B200
  { from: 0x2600, capability: 8.9, name: 'Ada' },
  { from: 0x2400, capability: 8.6, name: 'Ampere' },
  { from: 0x2300, capability: 9.0, name: 'Hopper' },
  { from: 0x2200, capability: 8.6, name: 'Ampere' },
  { from: 0x2180, capability: 7.5, name: 'Turing' }, // GTX 16
  { from: 0x2000, capability: 8.0, name: 'Ampere' }, // A100
  { from: 0x1e00, capability: 7.5, name: 'Turing' },
  { from: 0x1d80, capability: 7.0, name: 'Volta' },
  { from: 0x1b00, capability: 6.1, name: 'Pascal' },
  { from: 0x1600, capability: 5.2, name: 'Maxwell' },
  { from: 0x15f0, capability: 6.0, name: 'Pascal' }, // P100
  { from: 0x1340, capability: 5.0, name: 'Maxwell' },
];

interface Capability {
  readonly value: number;
  readonly words: string;
}

function capabilityOf(gpu: GpuTraits): Capability | null {
  if (gpu.computeCapability !== null) {
    return { value: gpu.computeCapability, words: `compute capability ${gpu.computeCapability.toFixed(1)}` };
  }
  const id = gpu.pciDeviceId;
  if (id === null) return null;
  const generation = GENERATIONS.find(({ from }) => id >= from);
  if (generation === undefined) return null;
  return {
    value: generation.capability,
    words: `${generation.name} by its PCI id ${id.toString(16).padStart(4, '0')}`,
  };
}

export function classifyNvidia(gpu: GpuTraits): Verdict {
  const capability = capabilityOf(gpu);
  if (capability === null) return verdict('low', gpu, 'compute capability unknown', memoryWords(gpu));
  const gb = trainingGb(gpu);
  const rule = RULES.find((row) => {
    // The system of a unified-memory machine is a desktop, whatever its size.
    if (row.computeClass === 'datacenter' && gpu.unifiedMemory) return false;
    return capability.value >= row.capability && gb >= row.gb;
  });
  return verdict(rule?.computeClass ?? 'low', gpu, capability.words, memoryWords(gpu));
}

/** Grace-Blackwell desktops and Jetson boards: the GPU has no memory of its own. */
export function isUnifiedNvidia(name: string | null): boolean {
  return name !== null && /\b(GB10|N1X?|Tegra|Xavier|Orin|Thor)\b/i.test(name);
}
