import { finding, vendorOfPciId, type GpuFinding, type SourceReport } from '../finding.ts';
import { describeFailure, excerpt, parseHex, plausibleBytes } from '../parse.ts';
import type { HardwareDeps, RunOutcome } from '../ports.ts';
import { windowsFolder } from './nvidia-smi-path.ts';
import { readWindowsDevices, type WindowsDevice } from './windows-devices.ts';

/** The setup class of display adapters. */
const DISPLAY_CLASS =
  'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Class\\{4d36e968-e325-11ce-bfc1-08002be10318}';
const TOOL = 'reg query';
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 512 * 1024;

// `HardwareInformation.MemorySize` is left out: 32 bits, so 4 GB at most.
const VALUES = ['MatchingDeviceId', 'DriverDesc', 'DriverVersion', 'HardwareInformation.qwMemorySize'] as const;
type ValueName = (typeof VALUES)[number];
interface Value {
  readonly type: string;
  readonly data: string;
}
type Adapters = Map<string, Map<ValueName, Value>>;

/** Collects `{0000 → {DriverDesc → …}}` from the output of `reg query KEY /s /v NAME`. */
function collect(adapters: Adapters, valueName: ValueName, stdout: string): void {
  let current: string | null = null;
  for (const line of stdout.split(/\r?\n/)) {
    if (line.startsWith('HKEY_')) {
      // Only the adapter itself: its subkeys repeat some of the names.
      current = line.toLowerCase().startsWith(DISPLAY_CLASS.toLowerCase())
        ? (/\}\\(\d{4})\s*$/.exec(line)?.[1] ?? null)
        : null;
      continue;
    }
    const match = /^ {4}(\S+) {4}(REG_[A-Z_]+) {4}(.*)$/.exec(line);
    if (current === null || match === null || match[1]?.toLowerCase() !== valueName.toLowerCase()) continue;
    const values = adapters.get(current) ?? new Map<ValueName, Value>();
    values.set(valueName, { type: match[2] ?? '', data: (match[3] ?? '').trim() });
    adapters.set(current, values);
  }
}

/** A REG_QWORD is `0x400000000`; some drivers write the same as REG_BINARY, least byte first. */
function memorySize(value: Value | undefined): number | null {
  if (value === undefined) return null;
  if (value.type === 'REG_QWORD') return plausibleBytes(parseHex(value.data));
  if (value.type !== 'REG_BINARY' || !/^([0-9a-f]{2}){8}$/i.test(value.data)) return null;
  return plausibleBytes(parseHex((value.data.match(/../g) ?? []).toReversed().join('')));
}

function toFinding(
  key: string,
  values: ReadonlyMap<ValueName, Value>,
  device: WindowsDevice | null,
): GpuFinding | null {
  const id = /^PCI\\VEN_([0-9A-F]{4})&DEV_([0-9A-F]{4})/i.exec(values.get('MatchingDeviceId')?.data ?? '');
  const pciVendorId = parseHex(id?.[1]);
  const pciDeviceId = parseHex(id?.[2]);
  // Remote desktops, USB screens and the basic adapter are not on the PCI bus, or match a bare class code.
  if (pciVendorId === null || pciDeviceId === null) return null;
  return finding({
    source: 'registry',
    localId: key,
    pciAddress: device?.pciAddress ?? null,
    vendor: vendorOfPciId(pciVendorId),
    pciVendorId,
    pciDeviceId,
    name: values.get('DriverDesc')?.data ?? null,
    driver: values.get('DriverVersion')?.data ?? null,
    vramBytes: memorySize(values.get('HardwareInformation.qwMemorySize')),
  });
}

function queryValue(deps: HardwareDeps, value: ValueName, signal: AbortSignal): Promise<RunOutcome> {
  const command = `${windowsFolder(deps.env)}\\System32\\reg.exe`;
  const args = ['query', DISPLAY_CLASS, '/s', '/v', value];
  return deps.run(command, args, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, signal });
}

/** A reg.exe that did not come to its end; its exit code says nothing (see below). */
function brokenTool(outcome: RunOutcome): string | null {
  return outcome.kind === 'exited' ? null : describeFailure(TOOL, outcome);
}

function nothingFound(first: RunOutcome | undefined): string {
  const words = first?.kind === 'exited' ? excerpt(first.stdout) || excerpt(first.stderr) : '';
  return `${TOOL} found no display adapter. It answered: "${words}"`;
}

/** Every plugged-in PCI display adapter of Windows with its 64-bit memory size. */
export async function readWindowsRegistry(deps: HardwareDeps, signal: AbortSignal): Promise<SourceReport> {
  const [devices, ...outcomes] = await Promise.all([
    readWindowsDevices(deps, signal),
    ...VALUES.map((value) => queryValue(deps, value, signal)),
  ]);
  const adapters: Adapters = new Map();
  VALUES.forEach((value, index) => {
    const outcome = outcomes[index];
    // reg.exe exits with 1 also when it printed matches but was refused a subkey: what it printed counts.
    if (outcome?.kind === 'exited') collect(adapters, value, outcome.stdout);
  });
  const warnings = [...new Set(outcomes.map((outcome) => brokenTool(outcome)).filter((words) => words !== null))];
  if (adapters.size === 0 && warnings.length === 0) warnings.push(nothingFound(outcomes[0]));
  warnings.push(...devices.warnings);
  // The registry remembers cards that were taken out; the device manager knows what is plugged in.
  const present = [...adapters].filter(([key]) => devices.byClassKey === null || devices.byClassKey.has(key));
  const findings = present
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([key, values]) => toFinding(key, values, devices.byClassKey?.get(key) ?? null));
  return { findings: findings.filter((gpu) => gpu !== null), warnings };
}
