import { finding, type GpuFinding, type SourceReport } from '../finding.ts';
import {
  describeFailure,
  excerpt,
  MIB,
  normalizePciAddress,
  parseHex,
  parseNumber,
  plausibleBytes,
  plausibleCelsius,
  plausiblePercent,
  plausibleWatts,
} from '../parse.ts';
import type { HardwareDeps, RunOutcome } from '../ports.ts';
import { nvidiaSmiCandidates } from './nvidia-smi-path.ts';

const TOOL = 'nvidia-smi';

/** Without persistence mode the driver wakes every card first; eight of them take several seconds. */
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 256 * 1024;
const MAX_CARDS = 64;

// One unknown field makes nvidia-smi refuse the whole query, so what old drivers lack is asked for separately.
const IDENTITY_FIELDS = ['uuid', 'pci.bus_id', 'pci.device_id', 'name', 'driver_version', 'memory.total'];
const CAPABILITY_FIELDS = ['uuid', 'compute_cap'];
const LIVE_FIELDS = ['uuid', 'memory.used', 'utilization.gpu', 'temperature.gpu', 'power.draw'];

/** nvidia-smi's way to say that there is none: "No devices were found", exit code 6. */
const NO_DEVICES_EXIT_CODE = 6;

export interface NvidiaReport extends SourceReport {
  /** Systeminformation runs nvidia-smi synchronously and without a timeout: after a hang it must not be asked. */
  readonly hung: boolean;
  readonly installed: boolean;
}

interface Table {
  readonly rows: readonly (readonly string[])[];
  readonly garbage: string | null;
}

function parseCsv(stdout: string, columns: number): Table {
  const lines = stdout.split(/\r?\n/).filter((line) => line.trim() !== '');
  const rows = lines.slice(0, MAX_CARDS).map((line) => line.split(',').map((field) => field.trim()));
  const good = rows.filter((row) => row.length === columns && /^GPU-[0-9a-f-]{8,64}$/i.test(row[0] ?? ''));
  const bad = lines.find((_, index) => index < MAX_CARDS && !good.includes(rows[index] ?? []));
  return { rows: good, garbage: bad ?? null };
}

function query(
  deps: HardwareDeps,
  command: string,
  fields: readonly string[],
  signal: AbortSignal,
): Promise<RunOutcome> {
  const args = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'];
  return deps.run(command, args, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, signal });
}

function rowsByUuid(outcome: RunOutcome, columns: number): ReadonlyMap<string, readonly string[]> {
  if (outcome.kind !== 'exited' || outcome.exitCode !== 0) return new Map();
  return new Map(parseCsv(outcome.stdout, columns).rows.map((row) => [row[0] ?? '', row]));
}

function toFinding(row: readonly string[], capability: readonly string[], live: readonly string[]): GpuFinding {
  const [uuid = '', busId, deviceAndVendor, name, driver, totalMib] = row;
  const [, usedMib, load, temperature, power] = live;
  const total = parseNumber(totalMib);
  const used = parseNumber(usedMib);
  const pciId = parseHex(deviceAndVendor);
  return finding({
    source: TOOL,
    localId: uuid,
    uuid,
    pciAddress: normalizePciAddress(busId),
    vendor: 'nvidia',
    pciVendorId: 0x10de,
    // 0x220610DE: the device in the upper half, the vendor in the lower.
    pciDeviceId: pciId === null ? null : Math.floor(pciId / 0x10000),
    name: name === undefined || name === '' || name.startsWith('[') ? null : name,
    driver: driver === undefined || driver.startsWith('[') ? null : driver,
    vramBytes: plausibleBytes(total === null ? null : total * MIB),
    vramUsedBytes: used === null || used < 0 ? null : used * MIB,
    computeCapability: parseNumber(capability[1]),
    loadPercent: plausiblePercent(parseNumber(load)),
    temperatureCelsius: plausibleCelsius(parseNumber(temperature)),
    powerWatts: plausibleWatts(parseNumber(power)),
  });
}

/** Every NVIDIA card that the driver manages. An absent tool is no warning here: most machines have no NVIDIA card. */
export async function readNvidiaSmi(deps: HardwareDeps, signal: AbortSignal): Promise<NvidiaReport> {
  let outcome: RunOutcome = { kind: 'not-found' };
  let command = TOOL;
  for await (const candidate of nvidiaSmiCandidates(deps)) {
    const answer = await query(deps, candidate, IDENTITY_FIELDS, signal);
    if (answer.kind === 'not-found') continue;
    command = candidate;
    outcome = answer;
    if (outcome.kind === 'timed-out' || (outcome.kind === 'exited' && outcome.exitCode === 0)) break;
  }
  const nothing = { findings: [], warnings: [], hung: false, installed: outcome.kind !== 'not-found' };
  if (outcome.kind === 'not-found') return nothing;
  if (outcome.kind === 'exited' && outcome.exitCode === NO_DEVICES_EXIT_CODE) return nothing;
  const failure = describeFailure(TOOL, outcome);
  if (failure !== null || outcome.kind !== 'exited') {
    return { ...nothing, warnings: failure === null ? [] : [failure], hung: outcome.kind === 'timed-out' };
  }

  const { rows, garbage } = parseCsv(outcome.stdout, IDENTITY_FIELDS.length);
  const warnings = garbage === null ? [] : [`${TOOL} answered something that is not its CSV: "${excerpt(garbage)}"`];
  if (rows.length === 0) return { ...nothing, warnings };

  const [capabilities, live] = await Promise.all([
    query(deps, command, CAPABILITY_FIELDS, signal),
    query(deps, command, LIVE_FIELDS, signal),
  ]);
  const capabilityRows = rowsByUuid(capabilities, CAPABILITY_FIELDS.length);
  const liveRows = rowsByUuid(live, LIVE_FIELDS.length);
  const liveFailure = describeFailure(`${TOOL} (load, temperature, power)`, live);
  return {
    findings: rows.map((row) =>
      toFinding(row, capabilityRows.get(row[0] ?? '') ?? [], liveRows.get(row[0] ?? '') ?? []),
    ),
    warnings: liveFailure === null ? warnings : [...warnings, liveFailure],
    hung: capabilities.kind === 'timed-out' || live.kind === 'timed-out',
    installed: true,
  };
}
