import type { GpuFinding } from './finding.ts';

/** PCI vendors whose display adapters cannot compute: emulators, hypervisors and the consoles of servers. */
const DISPLAY_ONLY_VENDORS = new Set([
  0x1234, // QEMU, Bochs
  0x1af4, // virtio
  0x1b36, // QXL
  0x1013, // Cirrus
  0x15ad, // VMware
  0x80ee, // VirtualBox
  0x1ab8, // Parallels
  0x1414, // Microsoft: Hyper-V, Basic Render
  0x5853, // Xen
  0x1d0f, // Amazon's emulated VGA
  0x1a03, // ASPEED BMC
  0x102b, // Matrox BMC
  0x126f, // Silicon Motion
  0x19e5, // Huawei iBMC
]);

const DISPLAY_ONLY_NAME =
  /basic (display|render)|llvmpipe|lavapipe|softpipe|swiftshader|virtio|virtual|vmware|qxl|bochs|cirrus|aspeed|matrox|parsec|remote display|hyper-v|citrix|displaylink|qemu|standard vga/i;

/** True for what draws a picture but is not a GPU. */
export function isVirtualAdapter(gpu: Pick<GpuFinding, 'pciVendorId' | 'name'>): boolean {
  if (gpu.pciVendorId !== null && DISPLAY_ONLY_VENDORS.has(gpu.pciVendorId)) return true;
  return gpu.name !== null && DISPLAY_ONLY_NAME.test(gpu.name);
}
