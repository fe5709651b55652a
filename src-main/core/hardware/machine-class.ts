import type { ComputeClass, Cpu, Gpu } from '#protocol/contract/state.ts';

/** Best first. */
const ORDER: readonly ComputeClass[] = ['datacenter', 'high', 'mid', 'low', 'integrated', 'cpu'];

export interface MachineClass {
  readonly machineClass: ComputeClass;
  readonly machineClassReason: string;
}

/** The class that the machine takes part with: its best GPU's, or `cpu` without one. */
export function classifyMachine(gpus: readonly Gpu[], cpu: Cpu): MachineClass {
  const best = gpus.toSorted((a, b) => ORDER.indexOf(a.computeClass) - ORDER.indexOf(b.computeClass))[0];
  if (best === undefined) {
    const cores = cpu.cores === 1 ? '1 core' : `${cpu.cores} cores`;
    return {
      machineClass: 'cpu',
      machineClassReason: `No GPU was found. The CPU (${cpu.name}, ${cores}) serves as the lowest class on the devnet.`,
    };
  }
  const many = gpus.length > 1 ? `Best of ${gpus.length} GPUs. ` : '';
  return { machineClass: best.computeClass, machineClassReason: `${many}${best.classReason}` };
}
