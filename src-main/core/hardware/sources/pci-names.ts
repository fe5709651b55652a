import { marketingName } from '../parse.ts';
import type { HardwareDeps } from '../ports.ts';

/** libdrm's list: `744C,<tab>C8,<tab>AMD Radeon RX 7900 XTX`. It knows the revision, which tells an XT from an XTX. */
const AMDGPU_IDS = '/usr/share/libdrm/amdgpu.ids';
/** The PCI ID project's list, where the distributions put it. */
const PCI_IDS = ['/usr/share/hwdata/pci.ids', '/usr/share/misc/pci.ids'];
const MAX_LIST_BYTES = 4 * 2 ** 20;

interface PciId {
  readonly pciVendorId: number;
  readonly pciDeviceId: number;
  readonly revision: number | null;
}

const AMD = 0x1002;

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

async function readList(deps: HardwareDeps, path: string, signal: AbortSignal): Promise<string> {
  try {
    return await deps.readFile(path, { maxBytes: MAX_LIST_BYTES, signal });
  } catch {
    return ''; // Not every distribution installs it.
  }
}

function amdgpuName(list: string, id: PciId): string | null {
  if (id.revision === null) return null;
  const start = new RegExp(`^${hex(id.pciDeviceId, 4)},\\s*${hex(id.revision, 2)},\\s*(.+)$`, 'im');
  return start.exec(list)?.[1]?.trim() ?? null;
}

function pciIdsName(list: string, id: PciId): string | null {
  const vendorLine = new RegExp(`^${hex(id.pciVendorId, 4)}  `, 'im').exec(list);
  if (vendorLine === null) return null;
  const after = list.slice(vendorLine.index + 1);
  const end = /^[0-9a-f]{4} {2}/im.exec(after)?.index ?? after.length;
  const entry = new RegExp(`^\\t${hex(id.pciDeviceId, 4)}  (.+)$`, 'im').exec(after.slice(0, end))?.[1]?.trim();
  return entry === undefined ? null : marketingName(entry);
}

/** The card's marketing name by the lists that this machine carries, or `null`. */
export async function pciName(deps: HardwareDeps, id: PciId, signal: AbortSignal): Promise<string | null> {
  if (id.pciVendorId === AMD) {
    const name = amdgpuName(await readList(deps, AMDGPU_IDS, signal), id);
    if (name !== null) return name;
  }
  for (const path of PCI_IDS) {
    const name = pciIdsName(await readList(deps, path, signal), id);
    if (name !== null) return name;
  }
  return null;
}
