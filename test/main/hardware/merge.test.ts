import { expect, test } from 'vitest';
import { finding } from '#main/core/hardware/finding.ts';
import { mergeFindings } from '#main/core/hardware/merge.ts';

const MEMORY = 32 * 2 ** 30;

const smi = (localId: string, pciAddress: string | null) =>
  finding({
    source: 'nvidia-smi',
    localId,
    uuid: localId,
    pciAddress,
    vendor: 'nvidia',
    pciDeviceId: 0x2204,
    name: 'RTX 3090',
  });
const registry = (localId: string, pciAddress: string | null, pciDeviceId = 0x2204) =>
  finding({
    source: 'registry',
    localId,
    pciAddress,
    vendor: 'nvidia',
    pciDeviceId,
    name: 'from the registry',
    driver: '31.0',
  });

const idsAndSources = (...findings: Parameters<typeof mergeFindings>[0]) =>
  mergeFindings(findings, MEMORY).map(({ id, source }) => `${id} ${source}`);

test('the same PCI address is the same card, and the better source keeps its word', () => {
  const [gpu, ...more] = mergeFindings([smi('GPU-a', '0000:01:00.0'), registry('0000', '0000:01:00.0')], MEMORY);
  expect(more).toEqual([]);
  expect(gpu).toMatchObject({ id: '0000:01:00.0', name: 'RTX 3090', driver: '31.0', source: 'nvidia-smi, registry' });
});

test('two identical cards stay two, also where one source knows no address', () => {
  const cards = [smi('GPU-a', '0000:01:00.0'), smi('GPU-b', '0000:41:00.0')];
  expect(idsAndSources(...cards, registry('0000', null), registry('0001', null))).toEqual([
    '0000:01:00.0 nvidia-smi, registry',
    '0000:41:00.0 nvidia-smi, registry',
  ]);
});

test('another PCI address or another device is another card', () => {
  expect(idsAndSources(smi('GPU-a', '0000:01:00.0'), registry('0000', '0000:02:00.0'))).toHaveLength(2);
  expect(idsAndSources(smi('GPU-a', '0000:01:00.0'), registry('0000', null, 0x1c03))).toHaveLength(2);
});

test('a card without an address is known by its UUID', () => {
  expect(idsAndSources(smi('GPU-a', null))).toEqual(['GPU-a nvidia-smi']);
});

test.each([
  { pciVendorId: 0x1234, name: null },
  { pciVendorId: 0x1af4, name: 'Virtio 1.0 GPU' },
  { pciVendorId: 0x1a03, name: 'ASPEED Graphics Family' },
  { pciVendorId: null, name: 'Microsoft Basic Display Adapter' },
  { pciVendorId: null, name: 'llvmpipe (LLVM 15.0.6, 256 bits)' },
  { pciVendorId: null, name: 'Apple Paravirtual device' },
  { pciVendorId: null, name: 'Parsec Virtual Display Adapter' },
])('$name ($pciVendorId) is no GPU', (adapter) => {
  const virtual = finding({ source: 'sysfs', localId: 'card0', vendor: 'other', ...adapter });
  expect(mergeFindings([virtual], MEMORY)).toEqual([]);
});

test('a tool that lists cards without end, or names without end, is cut short', () => {
  const many = Array.from({ length: 500 }, (_, index) =>
    finding({ source: 'sysfs', localId: `card${index}`, vendor: 'amd', name: 'x'.repeat(5_000) }),
  );
  const gpus = mergeFindings(many, MEMORY);
  expect(gpus).toHaveLength(64);
  expect(Math.max(...gpus.map(({ name }) => name.length))).toBe(200);
});
