import * as v from 'valibot';
import type { GpuVendor } from '#protocol/contract/state.ts';
import { finding, vendorOfPciId, type GpuFinding, type SourceReport } from '../finding.ts';
import { describeFailure, excerpt, GIB, MIB, parseHex, parseNumber, plausibleBytes } from '../parse.ts';
import type { HardwareDeps } from '../ports.ts';

const TOOL = 'system_profiler';
/** It collects every display's EDID first. */
const PROFILER_TIMEOUT_MS = 20_000;
const SYSCTL_TIMEOUT_MS = 5_000;
const MAX_BYTES = 1024 * 1024;

const Text = v.nullish(v.string());
const ReportSchema = v.object({
  SPDisplaysDataType: v.pipe(
    v.array(
      v.object({
        _name: Text,
        sppci_model: Text,
        sppci_cores: Text,
        sppci_bus: Text,
        spdisplays_mtlgpufamilysupport: Text,
        spdisplays_metalfamily: Text,
        spdisplays_metal: Text,
        spdisplays_vendor: Text,
        'spdisplays_vendor-id': Text,
        'spdisplays_device-id': Text,
        spdisplays_vram: Text,
        spdisplays_vram_shared: Text,
      }),
    ),
    v.maxLength(32),
  ),
});
type Entry = v.InferOutput<typeof ReportSchema>['SPDisplaysDataType'][number];

/** `8 GB`, `1536 MB`. */
function vram(text: string | null | undefined): number | null {
  const match = /^(\d+)\s*(MB|GB)$/i.exec(text?.trim() ?? '');
  if (match === null) return null;
  return plausibleBytes(Number(match[1]) * (match[2]?.toUpperCase() === 'GB' ? GIB : MIB));
}

/** The vendor is `sppci_vendor_Apple`, `sppci_vendor_amd`, `Intel` or `AMD (0x1002)`. */
function vendorOf(entry: Entry, pciVendorId: number | null): GpuVendor {
  if (pciVendorId !== null) return vendorOfPciId(pciVendorId);
  const words = `${entry.spdisplays_vendor ?? ''} ${entry.sppci_model ?? ''}`.toLowerCase();
  for (const vendor of ['apple', 'amd', 'intel', 'nvidia'] as const) if (words.includes(vendor)) return vendor;
  return words.includes('radeon') ? 'amd' : 'other';
}

function toFinding(entry: Entry, index: number): GpuFinding {
  const inVendor = /\((0x[0-9a-f]{4})\)/i.exec(entry.spdisplays_vendor ?? '')?.[1];
  const pciVendorId = parseHex(entry['spdisplays_vendor-id'] ?? inVendor);
  const vendor = vendorOf(entry, pciVendorId);
  const shared = entry.spdisplays_vram_shared ?? null;
  // Since macOS 13 `…mtlgpufamilysupport`, on macOS 11 `…metalfamily`, before that `…metal`.
  const metal = entry.spdisplays_mtlgpufamilysupport ?? entry.spdisplays_metalfamily ?? entry.spdisplays_metal ?? null;
  return finding({
    source: TOOL,
    localId: `gpu${index}`,
    vendor,
    pciVendorId,
    pciDeviceId: parseHex(entry['spdisplays_device-id']),
    name: entry.sppci_model ?? entry._name ?? null,
    unifiedMemory: vendor === 'apple' || shared !== null,
    vramBytes: vram(entry.spdisplays_vram),
    gpuCores: parseNumber(entry.sppci_cores),
    metalFamily: metal?.replace(/^spdisplays_/, '') ?? null,
  });
}

/** Every GPU of a Mac. Apple Silicon tells no VRAM: its memory is the system's. */
export async function readSystemProfiler(deps: HardwareDeps, signal: AbortSignal): Promise<SourceReport> {
  const args = ['SPDisplaysDataType', '-json'];
  const options = { timeoutMs: PROFILER_TIMEOUT_MS, maxBytes: MAX_BYTES, signal };
  const outcome = await deps.run('/usr/sbin/system_profiler', args, options);
  const failure = describeFailure(TOOL, outcome);
  if (failure !== null || outcome.kind !== 'exited')
    return { findings: [], warnings: failure === null ? [] : [failure] };
  try {
    const { SPDisplaysDataType: entries } = v.parse(ReportSchema, JSON.parse(outcome.stdout));
    return { findings: entries.map(toFinding), warnings: [] };
  } catch {
    return {
      findings: [],
      warnings: [`${TOOL} answered something that is not its JSON: "${excerpt(outcome.stdout)}"`],
    };
  }
}

export interface MemoryReport {
  readonly memoryBytes: number | null;
  readonly warnings: readonly string[];
}

/** The Mac's memory, bytes: `sysctl -n hw.memsize`. */
export async function readMacMemory(deps: HardwareDeps, signal: AbortSignal): Promise<MemoryReport> {
  const options = { timeoutMs: SYSCTL_TIMEOUT_MS, maxBytes: 4096, signal };
  const outcome = await deps.run('/usr/sbin/sysctl', ['-n', 'hw.memsize'], options);
  const memoryBytes = outcome.kind === 'exited' ? plausibleBytes(parseNumber(outcome.stdout)) : null;
  if (memoryBytes !== null) return { memoryBytes, warnings: [] };
  const garbage =
    outcome.kind === 'exited' ? `sysctl answered "${excerpt(outcome.stdout)}" for hw.memsize.` : 'sysctl failed.';
  return { memoryBytes: null, warnings: [describeFailure('sysctl', outcome) ?? garbage] };
}
