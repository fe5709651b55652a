import type { ComputeClass, GpuVendor } from '#protocol/contract/state.ts';

export const CLASS_NAMES: Readonly<Record<ComputeClass, string>> = {
  datacenter: 'Data centre',
  high: 'High',
  mid: 'Mid',
  low: 'Low',
  integrated: 'Integrated',
  cpu: 'CPU only',
};

export const VENDOR_NAMES: Readonly<Record<GpuVendor, string>> = {
  nvidia: 'NVIDIA',
  amd: 'AMD',
  intel: 'Intel',
  apple: 'Apple',
  other: 'Other vendor',
};
