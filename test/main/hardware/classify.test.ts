import { expect, test } from 'vitest';
import type { GpuVendor } from '#protocol/contract/state.ts';
import { classify } from '#main/core/hardware/classes/classify.ts';
import type { GpuTraits } from '#main/core/hardware/classes/verdict.ts';

const GIB = 2 ** 30;

const blank: GpuTraits = {
  name: 'GPU',
  pciDeviceId: null,
  vramBytes: null,
  unifiedMemory: false,
  computeCapability: null,
  gpuCores: null,
  metalFamily: null,
};

const nvidia = (
  name: string,
  computeCapability: number | null,
  gib: number | null,
  pciDeviceId: number | null = null,
) => ['nvidia', { name, computeCapability, pciDeviceId, vramBytes: gib === null ? null : gib * GIB }] as const;
const byId = (vendor: GpuVendor, name: string, pciDeviceId: number, gib: number | null, unifiedMemory = false) =>
  [vendor, { name, pciDeviceId, vramBytes: gib === null ? null : gib * GIB, unifiedMemory }] as const;
const apple = (name: string, gpuCores: number | null, gib: number, metalFamily: string | null = 'metal3') =>
  ['apple', { name, gpuCores, vramBytes: gib * GIB, unifiedMemory: true, metalFamily }] as const;

const cases: readonly (readonly [readonly [GpuVendor, Partial<GpuTraits>], string])[] = [
  [nvidia('NVIDIA H100 80GB HBM3', 9.0, 79.65), 'H100 80GB HBM3: compute capability 9.0, 80 GB → datacenter'],
  [nvidia('NVIDIA H200', 9.0, 140.4), 'H200: compute capability 9.0, 140 GB → datacenter'],
  [nvidia('NVIDIA RTX A6000', 8.6, 47.99), 'RTX A6000: compute capability 8.6, 48 GB → datacenter'],
  [nvidia('NVIDIA GeForce RTX 4090', 8.9, 23.99), 'RTX 4090: compute capability 8.9, 24 GB → high'],
  [nvidia('NVIDIA GeForce RTX 3080', 8.6, 10), 'RTX 3080: compute capability 8.6, 10 GB → high'],
  [nvidia('Tesla V100-SXM2-16GB', 7.0, 16), 'Tesla V100-SXM2-16GB: compute capability 7.0, 16 GB → high'],
  [nvidia('NVIDIA GeForce RTX 3070', 8.6, 8), 'RTX 3070: compute capability 8.6, 8 GB → mid'],
  [nvidia('NVIDIA GeForce RTX 2060', 7.5, 6), 'RTX 2060: compute capability 7.5, 6 GB → mid'],
  [nvidia('NVIDIA GeForce GTX 1080 Ti', 6.1, 10.99), 'GTX 1080 Ti: compute capability 6.1, 11 GB → mid'],
  [nvidia('NVIDIA GeForce GTX 1060 6GB', 6.1, 6), 'GTX 1060 6GB: compute capability 6.1, 6 GB → low'],
  [nvidia('Tesla K80', 3.7, 11.17), 'Tesla K80: compute capability 3.7, 11 GB → low'],
  [nvidia('NVIDIA GeForce RTX 3080', 8.6, null), 'RTX 3080: compute capability 8.6, memory unknown → low'],
  [nvidia('NVIDIA A100', null, 40, 0x20b0), 'A100: Ampere by its PCI id 20b0, 40 GB → datacenter'],
  [nvidia('GTX 1660', null, 6, 0x2184), 'GTX 1660: Turing by its PCI id 2184, 6 GB → mid'],
  [nvidia('GTX 980 Ti', null, 6, 0x17c8), 'GTX 980 Ti: Maxwell by its PCI id 17c8, 6 GB → low'],
  [nvidia('RTX 5090', null, 31.84, 0x2b85), 'RTX 5090: Blackwell by its PCI id 2b85, 32 GB → high'],
  [nvidia('NVIDIA GPU', null, 8), 'GPU: compute capability unknown, 8 GB → low'],
  [byId('amd', 'AMD Instinct MI300X', 0x74a1, 192), 'Instinct MI300X: CDNA, 192 GB → datacenter'],
  [byId('amd', 'AMD Radeon RX 7900 XT', 0x744c, 19.98), 'Radeon RX 7900 XT: RDNA 3, 20 GB → high'],
  [byId('amd', 'AMD Radeon RX 6700 XT', 0x73df, 11.98), 'Radeon RX 6700 XT: RDNA 2, 12 GB → high'],
  [byId('amd', 'AMD Radeon RX 9070 XT', 0x7550, 16), 'Radeon RX 9070 XT: RDNA 4, 16 GB → high'],
  [byId('amd', 'AMD Radeon RX 7600', 0x7480, 8), 'Radeon RX 7600: RDNA 3, 8 GB → mid'],
  [byId('amd', 'AMD Radeon VII', 0x66af, 16), 'Radeon VII: Vega, 16 GB → mid'],
  [byId('amd', 'AMD Radeon RX 580', 0x67df, 8), 'Radeon RX 580: GCN, 8 GB → low'],
  [byId('amd', 'AMD Radeon RX 6400', 0x743f, 4), 'Radeon RX 6400: RDNA 2, 4 GB → low'],
  [byId('amd', 'Radeon 8060S', 0x1586, 128, true), 'Radeon 8060S: Strix Halo, 128 GB unified → mid'],
  [byId('amd', 'Cezanne', 0x1638, 16, true), 'Cezanne: graphics inside the processor, 16 GB unified → integrated'],
  [byId('intel', 'Arc A770', 0x56a0, 15.9), 'Arc A770: discrete, 16 GB → mid'],
  [byId('intel', 'Arc A380', 0x56a5, 6), 'Arc A380: discrete, 6 GB → low'],
  [
    byId('intel', 'Arc A380', 0x56a5, null),
    'Arc A380: discrete, memory not told by the driver, at least 4 GB by its PCI id → low',
  ],
  [byId('intel', 'Data Center GPU Max 1550', 0x0bd5, 128), 'Data Center GPU Max 1550: discrete, 128 GB → datacenter'],
  [byId('intel', 'Iris Xe', 0x9a49, 16, true), 'Iris Xe: graphics inside the processor, 16 GB unified → integrated'],
  [apple('Apple M2 Ultra', 76, 192), 'M2 Ultra: 76 GPU cores, Metal 3, 192 GB unified → high'],
  [apple('Apple M3 Pro', 18, 36), 'M3 Pro: 18 GPU cores, Metal 3, 36 GB unified → mid'],
  [apple('Apple M1', 8, 16), 'M1: 8 GPU cores, Metal 3, 16 GB unified → low'],
  [apple('Apple M1', 8, 8), 'M1: 8 GPU cores, Metal 3, 8 GB unified → integrated'],
  [apple('Apple M1', 8, 16, 'mtlgpufamilyapple7'), 'M1: 8 GPU cores, Metal family Apple 7, 16 GB unified → low'],
  [apple('Apple M4', null, 16, null), 'M4: Metal support not reported, 16 GB unified → integrated'],
  [['other', { name: 'MTT S80' }], 'MTT S80: unknown vendor, memory unknown → low'],
];

test.each(cases)('%j is explained as: %s', ([vendor, traits], sentence) => {
  const { computeClass, classReason } = classify(vendor, { ...blank, ...traits });
  expect(classReason).toBe(sentence);
  expect(computeClass).toBe(/(\w+)$/.exec(sentence)?.[1]);
});
