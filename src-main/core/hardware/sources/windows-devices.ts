import * as v from 'valibot';
import { describeFailure, excerpt, normalizePciAddress } from '../parse.ts';
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

// Devices off the PCI bus leave properties out or fill them with other meanings.
const DeviceSchema = v.object({
  InstanceId: v.string(),
  /** `{4d36e968-…}\0000`: the adapter's key under its setup class; absent without a driver. */
  DEVPKEY_Device_Driver: v.nullish(v.string()),
  DEVPKEY_Device_BusNumber: v.nullish(v.number()),
  /** PCI: the device in the upper 16 bits, the function in the lower. */
  DEVPKEY_Device_Address: v.nullish(v.number()),
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
  const hex = (value: number) => value.toString(16).padStart(2, '0');
  const slot = `${hex(Math.floor(address / 0x10000))}.${(address % 0x10000).toString(16)}`;
  return normalizePciAddress(`0000:${hex(bus)}:${slot}`);
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
    const byClassKey = new Map<string, WindowsDevice>();
    for (const device of devices) {
      const classKey = device.DEVPKEY_Device_Driver?.slice(-4);
      if (classKey !== undefined) byClassKey.set(classKey, { pciAddress: pciAddress(device) });
    }
    return { byClassKey, warnings: [] };
  } catch {
    return { byClassKey: null, warnings: [`${TOOL} answered "${excerpt(outcome.stdout)}", so ${consequence}`] };
  }
}
