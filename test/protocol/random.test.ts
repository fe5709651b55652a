import { describe, expect, it } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { randomStream } from '#protocol/random.ts';

describe('randomStream', () => {
  it('gives the recorded numbers for a seed', () => {
    const random = randomStream(utf8('millrace'));
    expect([random.nextUint32(), random.nextUint32(), random.nextUint32()]).toEqual([
      3700712374, 1028689754, 819388198,
    ]);
  });

  it('spreads evenly below a bound', () => {
    const random = randomStream(utf8('even'));
    const counts = new Uint32Array(7);
    for (let i = 0; i < 70_000; i += 1) counts[random.nextBelow(7)]! += 1;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it.each([0, -1, 1.5, 2 ** 32 + 1])('refuses the bound %d', (bound) => {
    expect(() => randomStream(new Uint8Array(0)).nextBelow(bound)).toThrow(RangeError);
  });
});
