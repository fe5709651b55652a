import type { GpuVendor } from '#protocol/contract/state.ts';

type GpuSource = 'nvidia-smi' | 'sysfs' | 'registry' | 'system_profiler' | 'systeminformation';

/** What one source says about one GPU. `null`: this source does not know. */
export interface GpuFinding {
  readonly source: GpuSource;
  /** Names the card within its source, for a machine where neither PCI address nor UUID is known. */
  readonly localId: string;
  /** `0000:01:00.0`, lower case: domain, bus, device, function. */
  readonly pciAddress: string | null;
  readonly uuid: string | null;
  readonly vendor: GpuVendor;
  readonly pciVendorId: number | null;
  readonly pciDeviceId: number | null;
  readonly name: string | null;
  readonly vramBytes: number | null;
  readonly vramUsedBytes: number | null;
  readonly unifiedMemory: boolean | null;
  /** NVIDIA only: 8.6. */
  readonly computeCapability: number | null;
  /** Apple only: GPU cores, and `metal3` and the like. */
  readonly gpuCores: number | null;
  readonly metalFamily: string | null;
  readonly driver: string | null;
  readonly temperatureCelsius: number | null;
  readonly loadPercent: number | null;
  readonly powerWatts: number | null;
}

/** A source never throws for what the machine does: it reports what it found and what went wrong, in words. */
export interface SourceReport {
  readonly findings: readonly GpuFinding[];
  readonly warnings: readonly string[];
}

export const EMPTY_REPORT: SourceReport = { findings: [], warnings: [] };

const UNKNOWN = {
  pciAddress: null,
  uuid: null,
  pciVendorId: null,
  pciDeviceId: null,
  name: null,
  vramBytes: null,
  vramUsedBytes: null,
  unifiedMemory: null,
  computeCapability: null,
  gpuCores: null,
  metalFamily: null,
  driver: null,
  temperatureCelsius: null,
  loadPercent: null,
  powerWatts: null,
} as const;

type Required = 'source' | 'localId' | 'vendor';

/** A finding with everything unknown but what is given. */
export function finding(known: Pick<GpuFinding, Required> & Partial<Omit<GpuFinding, Required>>): GpuFinding {
  return { ...UNKNOWN, ...known };
}

const VENDORS = new Map<number, GpuVendor>([
  [0x10de, 'nvidia'],
  [0x1002, 'amd'],
  [0x8086, 'intel'],
  [0x106b, 'apple'],
]);

export function vendorOfPciId(pciVendorId: number): GpuVendor {
  return VENDORS.get(pciVendorId) ?? 'other';
}
