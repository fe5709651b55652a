/** From when on, and for how many blocks, an extrinsic may be included; `null`: for ever. */
export type Mortality = { readonly period: number; readonly phase: number } | null;

/** Reads the two bytes of Substrate's Era (sp_runtime::generic::Era). */
export function mortalityOf(era: { readonly type: string; readonly value: unknown }): Mortality {
  if (era.type === 'Immortal') return null;
  const encoded = Number(era.type.slice('Mortal'.length)) + 256 * Number(era.value);
  const period = 2 << (encoded % 16);
  const quantizeFactor = Math.max(1, period >> 12);
  return { period, phase: (encoded >> 4) * quantizeFactor };
}

/** The block from which it counts, and whose hash was signed: the newest that the phase allows. */
export const birthBlock = (mortality: Mortality, current: number): number =>
  mortality === null
    ? 0
    : Math.floor((Math.max(current, mortality.phase) - mortality.phase) / mortality.period) * mortality.period +
      mortality.phase;
