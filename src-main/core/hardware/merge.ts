import type { Gpu } from '#protocol/contract/state.ts';
import { classify, hasUnifiedMemory } from './classes/classify.ts';
import type { GpuFinding } from './finding.ts';
import { isVirtualAdapter } from './virtual-adapters.ts';

/** More cards than any machine has, and longer names: a broken tool must not flood the window. */
const MAX_GPUS = 64;
const MAX_NAME = 200;

interface Merged {
  readonly finding: GpuFinding;
  readonly sources: readonly string[];
}

/** Whether two findings speak of the same card. Two of one source never do: that is how identical cards stay two. */
function isSameCard(merged: Merged, other: GpuFinding): boolean {
  const { finding, sources } = merged;
  if (sources.includes(other.source)) return false;
  if (finding.uuid !== null && finding.uuid === other.uuid) return true;
  if (finding.pciAddress !== null && other.pciAddress !== null) return finding.pciAddress === other.pciAddress;
  if (finding.vendor !== other.vendor) return false;
  return finding.pciDeviceId === null || other.pciDeviceId === null || finding.pciDeviceId === other.pciDeviceId;
}

/** The better source's word wins; the other fills what it left unknown. */
function combine(first: GpuFinding, second: GpuFinding): GpuFinding {
  const known = Object.fromEntries(Object.entries(first).filter(([, value]) => value !== null));
  return { ...second, ...known };
}

function fallbackName(finding: GpuFinding): string {
  const hex = (id: number) => id.toString(16).padStart(4, '0');
  const vendor = { nvidia: 'NVIDIA', amd: 'AMD', intel: 'Intel', apple: 'Apple', other: 'Unknown' }[finding.vendor];
  const { pciVendorId, pciDeviceId } = finding;
  return pciVendorId === null || pciDeviceId === null
    ? `${vendor} GPU`
    : `${vendor} GPU ${hex(pciVendorId)}:${hex(pciDeviceId)}`;
}

function toGpu({ finding, sources }: Merged, memoryBytes: number): Gpu {
  const name = finding.name?.slice(0, MAX_NAME) ?? fallbackName(finding);
  const unifiedMemory = finding.unifiedMemory ?? hasUnifiedMemory(finding.vendor, finding.pciDeviceId, finding.name);
  // What an APU calls VRAM is the part that the BIOS set aside; it works in all of the system's memory.
  const vramBytes = unifiedMemory ? memoryBytes : finding.vramBytes;
  const traits = { ...finding, name, vramBytes, unifiedMemory };
  return {
    id: finding.pciAddress ?? finding.uuid ?? `${finding.source}:${finding.localId}`,
    vendor: finding.vendor,
    name,
    vramBytes,
    vramUsedBytes: unifiedMemory ? null : finding.vramUsedBytes,
    unifiedMemory,
    ...classify(finding.vendor, traits),
    driver: finding.driver?.slice(0, MAX_NAME) ?? null,
    temperatureCelsius: finding.temperatureCelsius,
    loadPercent: finding.loadPercent,
    powerWatts: finding.powerWatts,
    source: sources.join(', '),
  };
}

/**
 * Makes one list of GPUs out of what the sources say, the most trusted source first. Cards are the same when their PCI
 * address or UUID is; a source that knows neither is matched by vendor and device. Virtual adapters are dropped.
 */
export function mergeFindings(findings: readonly GpuFinding[], memoryBytes: number): readonly Gpu[] {
  const cards: Merged[] = [];
  for (const finding of findings) {
    if (isVirtualAdapter(finding)) continue;
    const at = cards.findIndex((card) => isSameCard(card, finding));
    const same = cards[at];
    if (same === undefined) cards.push({ finding, sources: [finding.source] });
    else cards[at] = { finding: combine(same.finding, finding), sources: [...same.sources, finding.source] };
  }
  return cards.slice(0, MAX_GPUS).map((card) => toGpu(card, memoryBytes));
}
