import { assertNever } from '#protocol/assert-never.ts';
import type { GpuVendor } from '#protocol/contract/state.ts';
import { classifyAmd, isAmdApu } from './amd.ts';
import { classifyApple } from './apple.ts';
import { classifyIntel, isIntegratedIntel } from './intel.ts';
import { classifyNvidia, isUnifiedNvidia } from './nvidia.ts';
import { memoryWords, verdict, type GpuTraits, type Verdict } from './verdict.ts';

/** A GPU's class by its vendor's table, with the reason in words. A benchmark may correct it later. */
export function classify(vendor: GpuVendor, gpu: GpuTraits): Verdict {
  switch (vendor) {
    case 'nvidia':
      return classifyNvidia(gpu);
    case 'amd':
      return classifyAmd(gpu);
    case 'intel':
      return classifyIntel(gpu);
    case 'apple':
      return classifyApple(gpu);
    case 'other':
      return verdict('low', gpu, 'unknown vendor', memoryWords(gpu));
    default:
      return assertNever(vendor, 'GPU vendor');
  }
}

/** Whether this GPU works in the system's memory, by what its identity tells. */
export function hasUnifiedMemory(vendor: GpuVendor, pciDeviceId: number | null, name: string | null): boolean {
  switch (vendor) {
    case 'nvidia':
      return isUnifiedNvidia(name);
    case 'amd':
      return isAmdApu(pciDeviceId);
    case 'intel':
      return isIntegratedIntel(pciDeviceId, name);
    case 'apple':
      return true;
    case 'other':
      return false;
    default:
      return assertNever(vendor, 'GPU vendor');
  }
}
