import type { ComputeClass } from '#protocol/contract/state.ts';
import { memoryWords, verdict, wholeGb, type GpuTraits, type Verdict } from './verdict.ts';

/** First match wins: GPU cores tell a Max (24 and more) and a Pro (14 and more) from the base chip; memory is the whole machine's. */
const RULES: readonly { readonly cores: number; readonly gb: number; readonly computeClass: ComputeClass }[] = [
  { cores: 24, gb: 32, computeClass: 'high' },
  { cores: 14, gb: 16, computeClass: 'mid' },
  { cores: 7, gb: 16, computeClass: 'low' },
];

/** `metal3` → `Metal 3`; `mtlgpufamilyapple7`, as macOS 11 says it → `Metal family Apple 7`. */
function metalWords(family: string): string {
  return family.replace(/^metal(\d+)$/, 'Metal $1').replace(/^mtlgpufamilyapple(\d+)$/, 'Metal family Apple $1');
}

/** Apple Silicon, by GPU cores, Metal family and unified memory. */
export function classifyApple(gpu: GpuTraits): Verdict {
  if (gpu.metalFamily === null) return verdict('integrated', gpu, 'Metal support not reported', memoryWords(gpu));
  const cores = gpu.gpuCores;
  const coreWords = cores === null ? 'number of GPU cores unknown' : `${cores} GPU cores`;
  const gb = gpu.vramBytes === null ? 0 : wholeGb(gpu.vramBytes);
  const rule = RULES.find((row) => (cores ?? 0) >= row.cores && gb >= row.gb);
  return verdict(rule?.computeClass ?? 'integrated', gpu, coreWords, metalWords(gpu.metalFamily), memoryWords(gpu));
}
