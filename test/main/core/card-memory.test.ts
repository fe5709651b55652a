import { expect, test } from 'vitest';
import { cardMemory } from '#main/core/card-memory.ts';
import type { Gpu, HardwareState } from '#protocol/contract/state.ts';
import { states } from '../../renderer/fixtures/states.ts';

const { hardware } = states.earning;
const [card] = hardware.kind === 'ready' ? hardware.gpus : [];
const withGpus = (...changes: Partial<Gpu>[]): HardwareState =>
  ({ ...hardware, gpus: changes.map((change) => ({ ...card!, unifiedMemory: false, ...change })) }) as HardwareState;

test('is the largest card’s', () => {
  expect(cardMemory(withGpus({ vramBytes: 8e9 }, { vramBytes: 24e9 }))).toBe(24e9);
});

test('leaves out graphics that share the main memory', () => {
  expect(cardMemory(withGpus({ vramBytes: 8e9 }, { vramBytes: 62e9, unifiedMemory: true }))).toBe(8e9);
  expect(cardMemory(withGpus({ vramBytes: 62e9, unifiedMemory: true }))).toBeUndefined();
});

test('is not known without a card, before one was looked for, or with a card of unknown size', () => {
  expect(cardMemory(withGpus())).toBeUndefined();
  expect(cardMemory({ kind: 'detecting' })).toBeUndefined();
  expect(cardMemory(withGpus({ vramBytes: 8e9 }, { vramBytes: null }))).toBeUndefined();
});

test('is a whole number of bytes', () => {
  expect(cardMemory(withGpus({ vramBytes: 1536.5 }))).toBe(1536);
});
