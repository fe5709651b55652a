import type { HardwareState } from '#protocol/contract/state.ts';

/**
 * Memory of the graphics card that training may use, for the worker to compare with what a model needs. The largest card's,
 * because the runtime asks the system for its fastest. All of it: what other programs use now was last looked at long ago.
 * `undefined` while nobody knows, and for graphics that share the main memory, which the worker asks for itself.
 */
export function cardMemory(hardware: HardwareState): number | undefined {
  if (hardware.kind !== 'ready') return undefined;
  const cards = hardware.gpus.filter(({ unifiedMemory }) => !unifiedMemory);
  const sizes = cards.flatMap(({ vramBytes }) => (vramBytes === null ? [] : [Math.floor(vramBytes)]));
  return sizes.length === 0 || sizes.length < cards.length ? undefined : Math.max(...sizes);
}
