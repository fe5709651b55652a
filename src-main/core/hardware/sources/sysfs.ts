import { finding, vendorOfPciId, type GpuFinding, type SourceReport } from '../finding.ts';
import {
  normalizePciAddress,
  parseHex,
  parseNumber,
  plausibleBytes,
  plausibleCelsius,
  plausiblePercent,
  plausibleWatts,
} from '../parse.ts';
import type { HardwareDeps } from '../ports.ts';
import { pciName } from './pci-names.ts';

const DRM = '/sys/class/drm';
/** A sysfs attribute is at most one page. */
const MAX_ATTRIBUTE_BYTES = 4096;
const MAX_CARDS = 64;
/** Ponte Vecchio has two tiles; no card has more than four. */
const MAX_TILES = 4;

type ReadAttribute = (path: string) => Promise<string | null>;

function attributeReader(deps: HardwareDeps, signal: AbortSignal): ReadAttribute {
  return async (path) => {
    try {
      return (await deps.readFile(path, { maxBytes: MAX_ATTRIBUTE_BYTES, signal })).trim();
    } catch {
      return null; // Absent on this driver, or the card sleeps (EPERM): the same to us.
    }
  };
}

async function firstNumber(read: ReadAttribute, paths: readonly string[]): Promise<number | null> {
  for (const path of paths) {
    const value = parseNumber(await read(path));
    if (value !== null) return value;
  }
  return null;
}

/**
 * amdgpu tells its VRAM in `mem_info_vram_total`; xe in one `physical_vram_size_bytes` a tile; i915 in
 * `lmem_total_bytes`, and only in Intel's own builds: a mainline i915 keeps it to itself.
 */
async function readVram(read: ReadAttribute, card: string): Promise<number | null> {
  const device = `${card}/device`;
  const single = await firstNumber(read, [
    `${device}/mem_info_vram_total`,
    `${card}/lmem_total_bytes`,
    `${device}/lmem_total_bytes`,
  ]);
  if (single !== null) return plausibleBytes(single);
  let total = 0;
  for (let tile = 0; tile < MAX_TILES; tile++) {
    const size = parseNumber(await read(`${device}/tile${tile}/physical_vram_size_bytes`));
    if (size === null) break;
    total += size;
  }
  return plausibleBytes(total);
}

async function readSensors(deps: HardwareDeps, read: ReadAttribute, device: string) {
  // Reading a sensor would wake the second GPU of a laptop, for a figure that is zero anyway.
  if ((await read(`${device}/power/runtime_status`)) === 'suspended') return {};
  let monitor = '';
  try {
    const names = await deps.listDirectory(`${device}/hwmon`);
    monitor = `${device}/hwmon/${names.find((name) => /^hwmon\d+$/.test(name)) ?? 'none'}`;
  } catch {
    // No sensor chip: the reads below find nothing.
  }
  // temp1 is amdgpu's edge sensor; xe has only temp2 (the package).
  const milliCelsius = await firstNumber(read, [`${monitor}/temp1_input`, `${monitor}/temp2_input`]);
  const microwatts = await firstNumber(read, [`${monitor}/power1_average`, `${monitor}/power1_input`]);
  const used = parseNumber(await read(`${device}/mem_info_vram_used`));
  return {
    vramUsedBytes: used !== null && used >= 0 ? used : null,
    loadPercent: plausiblePercent(parseNumber(await read(`${device}/gpu_busy_percent`))),
    temperatureCelsius: plausibleCelsius(milliCelsius === null ? null : milliCelsius / 1000),
    powerWatts: plausibleWatts(microwatts === null ? null : microwatts / 1e6),
  };
}

async function readCard(deps: HardwareDeps, card: string, signal: AbortSignal): Promise<GpuFinding | null> {
  const read = attributeReader(deps, signal);
  const device = `${DRM}/${card}/device`;
  const pciVendorId = parseHex(await read(`${device}/vendor`));
  const pciDeviceId = parseHex(await read(`${device}/device`));
  // A platform device (simpledrm, the display block of an ARM board, a partition of another card) has no PCI id.
  if (pciVendorId === null || pciDeviceId === null) return null;
  const uevent = new Map((await read(`${device}/uevent`))?.split('\n').map((line) => splitOnce(line)) ?? []);
  const revision = parseHex(await read(`${device}/revision`));
  const product = await read(`${device}/product_name`);
  return finding({
    source: 'sysfs',
    localId: card,
    pciAddress: normalizePciAddress(uevent.get('PCI_SLOT_NAME')),
    vendor: vendorOfPciId(pciVendorId),
    pciVendorId,
    pciDeviceId,
    name:
      product !== null && product !== ''
        ? product
        : await pciName(deps, { pciVendorId, pciDeviceId, revision }, signal),
    driver: uevent.get('DRIVER') ?? null,
    vramBytes: await readVram(read, `${DRM}/${card}`),
    ...(await readSensors(deps, read, device)),
  });
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).trim()];
}

function isAbsent(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}

/** Every PCI graphics card with a kernel driver, through `/sys/class/drm/card*` (Linux kernel documentation, amdgpu). */
export async function readSysfs(deps: HardwareDeps, signal: AbortSignal): Promise<SourceReport> {
  let entries: readonly string[];
  try {
    entries = await deps.listDirectory(DRM);
  } catch (error) {
    return { findings: [], warnings: isAbsent(error) ? [] : [`sysfs: ${DRM} could not be read.`] };
  }
  // card0-HDMI-A-1 and the like are its connectors.
  const cards = entries.filter((name) => /^card\d{1,3}$/.test(name)).slice(0, MAX_CARDS);
  const sorted = cards.toSorted((a, b) => Number(a.slice(4)) - Number(b.slice(4)));
  const found = await Promise.all(sorted.map((card) => readCard(deps, card, signal)));
  return { findings: found.filter((gpu) => gpu !== null), warnings: [] };
}
