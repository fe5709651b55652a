import type { ComputeClass } from '#protocol/contract/state.ts';
import { memoryWords, trainingGb, verdict, type GpuTraits, type Verdict } from './verdict.ts';

type Generation = 'CDNA' | 'RDNA 4' | 'RDNA 3' | 'RDNA 2' | 'RDNA' | 'Vega' | 'GCN';

/** Chips by PCI device id, first match wins (the kernel's amdgpu id table and libdrm's amdgpu.ids, by ranges). */
const CHIPS: readonly { readonly from: number; readonly to: number; readonly generation: Generation }[] = [
  { from: 0x75a0, to: 0x75bf, generation: 'CDNA' }, // MI350
  { from: 0x7550, to: 0x759f, generation: 'RDNA 4' }, // Navi 48, 44
  { from: 0x74a0, to: 0x74bf, generation: 'CDNA' }, // MI300
  { from: 0x7440, to: 0x749f, generation: 'RDNA 3' }, // Navi 31, 32, 33
  { from: 0x7420, to: 0x743f, generation: 'RDNA 2' }, // Navi 24
  { from: 0x7408, to: 0x7410, generation: 'CDNA' }, // MI200
  { from: 0x73a0, to: 0x73ff, generation: 'RDNA 2' }, // Navi 21, 22, 23
  { from: 0x7388, to: 0x7390, generation: 'CDNA' }, // MI100
  { from: 0x7310, to: 0x736f, generation: 'RDNA' }, // Navi 10, 12, 14
  { from: 0x69a0, to: 0x69af, generation: 'Vega' }, // Vega 12
  { from: 0x6860, to: 0x687f, generation: 'Vega' }, // Vega 10
  { from: 0x66a0, to: 0x66af, generation: 'Vega' }, // Vega 20
  { from: 0x6600, to: 0x73ff, generation: 'GCN' },
];

/** First match wins. */
const RULES: readonly {
  readonly generations: readonly Generation[];
  readonly gb: number;
  readonly computeClass: ComputeClass;
}[] = [
  { generations: ['CDNA'], gb: 32, computeClass: 'datacenter' },
  { generations: ['RDNA 2', 'RDNA 3', 'RDNA 4'], gb: 12, computeClass: 'high' },
  { generations: ['RDNA', 'RDNA 2', 'RDNA 3', 'RDNA 4', 'Vega', 'CDNA'], gb: 8, computeClass: 'mid' },
];

/** Strix Halo: an APU with the width of a graphics card. */
const STRIX_HALO = 0x1586;
const STRIX_HALO_MID_GB = 16;

/** All of AMD's graphics inside processors: Kaveri to Strix (0x13xx…0x19xx), Trinity and Kabini (0x96xx…0x99xx). */
export function isAmdApu(pciDeviceId: number | null): boolean {
  if (pciDeviceId === null) return false;
  return pciDeviceId < 0x2000 || (pciDeviceId >= 0x9600 && pciDeviceId < 0x9a00);
}

export function classifyAmd(gpu: GpuTraits): Verdict {
  const id = gpu.pciDeviceId;
  if (id === STRIX_HALO && trainingGb(gpu) >= STRIX_HALO_MID_GB) {
    return verdict('mid', gpu, 'Strix Halo', memoryWords(gpu));
  }
  if (isAmdApu(id)) return verdict('integrated', gpu, 'graphics inside the processor', memoryWords(gpu));
  const chip = id === null ? undefined : CHIPS.find(({ from, to }) => id >= from && id <= to);
  if (chip === undefined) return verdict('low', gpu, 'unknown AMD chip', memoryWords(gpu));
  const gb = trainingGb(gpu);
  const rule = RULES.find((row) => row.generations.includes(chip.generation) && gb >= row.gb);
  return verdict(rule?.computeClass ?? 'low', gpu, chip.generation, memoryWords(gpu));
}
