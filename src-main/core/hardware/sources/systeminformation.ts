import type { GpuVendor } from '#protocol/contract/state.ts';
import { errorMessage } from '#protocol/errors.ts';
import { withDeadline } from '../deadline.ts';
import { finding, vendorOfPciId, type SourceReport } from '../finding.ts';
import { asSentence, excerpt, marketingName, normalizePciAddress, parseHex } from '../parse.ts';
import type { HardwareDeps, SystemInformationController } from '../ports.ts';

const TOOL = 'systeminformation';
/** On Windows it starts eight PowerShells. */
const TIMEOUT_MS = 20_000;
const MAX_CONTROLLERS = 32;

function vendorOf(controller: SystemInformationController, pciVendorId: number | null): GpuVendor {
  if (pciVendorId !== null) return vendorOfPciId(pciVendorId);
  const words = `${controller.vendor ?? ''} ${controller.model ?? ''}`.toLowerCase();
  if (/nvidia|geforce|quadro/.test(words)) return 'nvidia';
  if (/\bamd\b|advanced micro|radeon|\bati\b/.test(words)) return 'amd';
  if (/intel/.test(words)) return 'intel';
  return words.includes('apple') ? 'apple' : 'other';
}

/**
 * The last resort, for names only. Its VRAM can be a 32-bit figure (4 GB at most) or the largest PCI window, and its
 * NVIDIA metrics those of the first card, so neither is read: unknown is better than wrong.
 */
export async function readSystemInformation(deps: HardwareDeps, signal: AbortSignal): Promise<SourceReport> {
  try {
    const { controllers } = await withDeadline(deps.systemInformation.graphics(), TIMEOUT_MS, TOOL, signal);
    const findings = controllers.slice(0, MAX_CONTROLLERS).map((controller, index) => {
      const pciVendorId = parseHex(controller.vendorId);
      return finding({
        source: TOOL,
        localId: `controller${index}`,
        pciAddress: normalizePciAddress(controller.busAddress),
        vendor: vendorOf(controller, pciVendorId),
        pciVendorId,
        pciDeviceId: parseHex(controller.deviceId),
        name: controller.model === undefined || controller.model === '' ? null : marketingName(controller.model),
        driver: controller.driverVersion ?? null,
      });
    });
    return { findings, warnings: [] };
  } catch (error) {
    signal.throwIfAborted();
    return {
      findings: [],
      warnings: [`${TOOL} could not list the graphics cards: ${asSentence(excerpt(errorMessage(error)))}`],
    };
  }
}
