import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { type BlobProvider, createBlobProvider, isTeller } from '#worker/run/provide-blobs.ts';

const blob = (number: number): BlobHash => blobHash(new Uint8Array([number]));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Scene {
  readonly provider: BlobProvider;
  readonly provided: BlobHash[];
  readonly forgotten: BlobHash[];
  readonly gone: Set<BlobHash>;
  readonly warnings: string[];
  /** What `provide` does from now on. */
  answer: () => Promise<number>;
}

function scene(): Scene {
  const provided: BlobHash[] = [];
  const forgotten: BlobHash[] = [];
  const gone = new Set<BlobHash>();
  const warnings: string[] = [];
  const self: Omit<Scene, 'provider'> = { provided, forgotten, gone, warnings, answer: () => Promise.resolve(3) };
  const provider = createBlobProvider({
    providers: {
      provide: (hash) => {
        provided.push(hash);
        return self.answer();
      },
      forget: (hash) => {
        forgotten.push(hash);
        return Promise.resolve();
      },
    },
    has: (hash) => !gone.has(hash),
    warn: (message) => warnings.push(message),
  });
  return Object.assign(self, { provider });
}

it('tells of blobs one after the other, no faster than four a second', async () => {
  const { provider, provided } = scene();
  for (let number = 0; number < 20; number += 1) provider.add(blob(number));
  await vi.advanceTimersByTimeAsync(1000);
  expect(provided).toEqual([0, 1, 2, 3].map(blob));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(provided, 'each once').toHaveLength(20);
});

it('tells of them again before others forget, and not of those that are gone', async () => {
  const { provider, provided, forgotten, gone } = scene();
  for (const number of [1, 2]) provider.add(blob(number));
  await vi.advanceTimersByTimeAsync(1000);
  gone.add(blob(1));
  await vi.advanceTimersByTimeAsync(41 * 60_000);
  expect(provided).toEqual([blob(1), blob(2), blob(2)]);
  expect(forgotten).toEqual([blob(1)]);
});

it('tries again after a while when nobody was there', async () => {
  const it = scene();
  it.answer = () => Promise.resolve(0);
  it.provider.add(blob(1));
  await vi.advanceTimersByTimeAsync(31_000);
  expect(it.provided).toEqual([blob(1), blob(1)]);
  expect(it.warnings).toEqual([]);
});

it('says once that it fails, and goes on', async () => {
  const it = scene();
  it.answer = () => Promise.reject(new Error('no line'));
  it.provider.add(blob(1));
  await vi.advanceTimersByTimeAsync(100_000);
  expect(it.provided.length).toBeGreaterThan(2);
  expect(it.warnings).toEqual(['Others could not be told of a blob (tried again later): no line']);
});

it('stops, and waits for what is under way', async () => {
  const it = scene();
  it.answer = () => new Promise((resolve) => setTimeout(() => resolve(1), 500));
  for (const number of [1, 2]) it.provider.add(blob(number));
  await vi.advanceTimersByTimeAsync(300);
  const stopped = vi.fn<() => void>();
  void it.provider.stop().then(stopped);
  await vi.advanceTimersByTimeAsync(100);
  expect(stopped).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(stopped).toHaveBeenCalledOnce();
  it.provider.add(blob(3));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(it.provided).toEqual([blob(1)]);
});

it('keeps a bounded number of them in mind', async () => {
  const { provider, forgotten } = scene();
  for (let number = 0; number < 4100; number += 1) provider.add(blobHash(new Uint8Array([number, number >> 8])));
  expect(forgotten).toHaveLength(4);
  await provider.stop();
});

it('is left to a few of many nodes that have fetched a blob, and to all of a few', () => {
  const tellers = (nodes: number) =>
    Array.from({ length: nodes }, (_, n) => isTeller(blob(1), `peer ${n}`, nodes)).filter((tells) => tells).length;
  expect(tellers(2)).toBe(2);
  expect(tellers(400)).toBeGreaterThan(0);
  expect(tellers(400)).toBeLessThan(8);
});
