import { memoryWords, trainingGb, verdict, type GpuTraits, type Verdict } from './verdict.ts';

interface Chip {
  readonly from: number;
  readonly to: number;
  readonly datacenter: boolean;
  /** The smallest memory sold with it, GB: a floor for a driver that tells none, never shown as the size. */
  readonly floorGb: number;
}

/** Intel's discrete chips by PCI device id (Intel's public hardware table); every other one sits in a processor. */
const DISCRETE: readonly Chip[] = [
  { from: 0x0bd0, to: 0x0bdb, datacenter: true, floorGb: 48 }, // Data Center GPU Max
  { from: 0x56c0, to: 0x56c2, datacenter: true, floorGb: 6 }, // Data Center GPU Flex
  { from: 0x5690, to: 0x5692, datacenter: false, floorGb: 8 }, // Arc A7 mobile
  { from: 0x56a0, to: 0x56a2, datacenter: false, floorGb: 8 }, // Arc A7
  { from: 0x5693, to: 0x569f, datacenter: false, floorGb: 4 }, // Arc A3/A5 mobile
  { from: 0x56a3, to: 0x56bf, datacenter: false, floorGb: 4 }, // Arc A3/A5
  { from: 0xe200, to: 0xe22f, datacenter: false, floorGb: 8 }, // Arc B
  { from: 0x4905, to: 0x4909, datacenter: false, floorGb: 4 }, // Iris Xe Max
];

const DATACENTER_GB = 32;
const MID_GB = 8;

function discreteChip(pciDeviceId: number | null): Chip | undefined {
  return pciDeviceId === null ? undefined : DISCRETE.find(({ from, to }) => pciDeviceId >= from && pciDeviceId <= to);
}

/** True unless it is a known discrete chip; without a PCI id the name decides. */
export function isIntegratedIntel(pciDeviceId: number | null, name: string | null): boolean {
  if (pciDeviceId !== null) return discreteChip(pciDeviceId) === undefined;
  return name === null || !/\bArc\b.*\b[AB]\d{3}/i.test(name);
}

export function classifyIntel(gpu: GpuTraits): Verdict {
  if (isIntegratedIntel(gpu.pciDeviceId, gpu.name)) {
    return verdict('integrated', gpu, 'graphics inside the processor', memoryWords(gpu));
  }
  const chip = discreteChip(gpu.pciDeviceId);
  const known = gpu.vramBytes !== null;
  const gb = known ? trainingGb(gpu) : (chip?.floorGb ?? 0);
  const memory =
    known || gb === 0 ? memoryWords(gpu) : `memory not told by the driver, at least ${gb} GB by its PCI id`;
  if (chip?.datacenter === true && gb >= DATACENTER_GB) return verdict('datacenter', gpu, 'discrete', memory);
  return verdict(gb >= MID_GB ? 'mid' : 'low', gpu, 'discrete', memory);
}
