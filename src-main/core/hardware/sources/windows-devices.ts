import * as v from 'valibot';
import { describeFailure, excerpt } from '../parse.ts';
import type { HardwareDeps } from '../ports.ts';
import { windowsFolder } from './nvidia-smi-path.ts';

const TOOL = 'PowerShell (Get-PnpDevice)';
/** PowerShell itself takes seconds to start on a cold disk. */
const TIMEOUT_MS = 15_000;
const MAX_BYTES = 256 * 1024;

const SCRIPT = [
  'Get-PnpDevice -Class Display -PresentOnly -ErrorAction SilentlyContinue | ForEach-Object {',
  '$d = @{ InstanceId = $_.InstanceId };',
  'Get-PnpDeviceProperty -InstanceId $_.InstanceId -KeyName DEVPKEY_Device_Driver,DEVPKEY_Device_BusNumber,DEVPKEY_Device_Address |',
  'ForEach-Object { $d[$_.KeyName] = $_.Data }; [pscustomobject]$d } | ConvertTo-Json -Compress',
].join(' ');

const DeviceSchema = v.object({
  InstanceId: v.string(),
  /** `{4d36e968-…}\0000`: the adapter's key under its setup class. */
  DEVPKEY_Device_Driver: v.string(),
  DEVPKEY_Device_BusNumber: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))),
  /** PCI: the device in the upper 16 bits, the function in the lower. */
  DEVPKEY_Device_Address: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0x1f_0007))),
});

export interface WindowsDevice {
  readonly pciAddress: string | null;
}

export interface WindowsDevices {
  /** By the last part of the class key (`0001`); `null` when Windows could not be asked. */
  readonly byClassKey: ReadonlyMap<string, WindowsDevice> | null;
  readonly warnings: readonly string[];
}

function pciAddress(device: v.InferOutput<typeof DeviceSchema>): string | null {
  const { DEVPKEY_Device_BusNumber: bus, DEVPKEY_Device_Address: address } = device;
  if (!/^PCI\\/i.test(device.InstanceId) || typeof bus !== 'number' || typeof address !== 'number') return null;
  const part = (value: number) => value.toString(16).padStart(2, '0');
  return `0000:${part(bus)}:${part(Math.floor(address / 0x10000))}.${(address % 0x10000).toString(16)}`;
}

/** The display adapters that are plugged in now, with their PCI addresses. */
export async function readWindowsDevices(deps: HardwareDeps, signal: AbortSignal): Promise<WindowsDevices> {
  const command = `${windowsFolder(deps.env)}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`;
  const args = ['-NoProfile', '-NonInteractive', '-Command', SCRIPT];
  const outcome = await deps.run(command, args, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, signal });
  const consequence = 'graphics cards that were taken out may be listed.';
  const failure = describeFailure(TOOL, outcome);
  if (failure !== null || outcome.kind !== 'exited') {
    return { byClassKey: null, warnings: [`${failure ?? TOOL} So ${consequence}`] };
  }
  try {
    const json: unknown = JSON.parse(outcome.stdout);
    // One device is written without the brackets.
    const devices = v.parse(v.pipe(v.array(DeviceSchema), v.maxLength(64)), Array.isArray(json) ? json : [json]);
    const entries = devices.map(
      (device) => [device.DEVPKEY_Device_Driver.slice(-4), { pciAddress: pciAddress(device) }] as const,
    );
    return { byClassKey: new Map(entries), warnings: [] };
  } catch {
    return { byClassKey: null, warnings: [`${TOOL} answered "${excerpt(outcome.stdout)}", so ${consequence}`] };
  }
}
