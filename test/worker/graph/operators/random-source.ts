import { randomStream } from '#protocol/random.ts';
import { elementCount } from '#protocol/model-shape.ts';
import type { Shape } from '#worker/graph/value.ts';

/** Random numbers, choices and shapes of one test case: all follow from its seed. */
export interface RandomSource {
  /** Uniform in 0…1, without 1. */
  fraction(): number;
  /** Uniform in from…to, both included. */
  integer(from: number, to: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** Numbers of which each is 1 or −1. */
  signs(count: number): Float64Array;
  /** Extents of 1…7 with at most `SMALL` elements in all. */
  shape(ranks?: { readonly from?: number; readonly to?: number }): Shape;
  /** The axes 0…count−1 in random order. */
  order(count: number): readonly number[];
}

const SMALL = 120;

export function randomSource(seed: string): RandomSource {
  const stream = randomStream(new TextEncoder().encode(seed));
  const integer = (from: number, to: number): number => from + stream.nextBelow(to - from + 1);
  const pick = <T>(choices: readonly [T, ...T[]]): T => choices[stream.nextBelow(choices.length)] ?? choices[0];
  return {
    fraction: () => stream.nextUint32() / 2 ** 32,
    integer,
    pick,
    signs: (count) => {
      const signs = new Float64Array(count);
      let bits = 0;
      for (let index = 0; index < count; index++, bits >>>= 1) {
        if (index % 32 === 0) bits = stream.nextUint32();
        signs[index] = bits & 1 ? 1 : -1;
      }
      return signs;
    },
    shape: ({ from = 0, to = 4 } = {}) => {
      for (;;) {
        const shape = Array.from({ length: integer(from, to) }, () => pick([1, 2, 3, 4, 5, 7]));
        if (elementCount(shape) <= SMALL) return shape;
      }
    },
    order: (count) => {
      const order = Array.from({ length: count }, (_, index) => index);
      for (let index = count - 1; index > 0; index--) {
        const other = integer(0, index);
        [order[index], order[other]] = [order[other] ?? 0, order[index] ?? 0];
      }
      return order;
    },
  };
}
