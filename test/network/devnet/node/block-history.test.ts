import { expect, it } from 'vitest';
import { BlockHistory } from '#network/devnet/node/block-history.ts';
import type { Block } from '#network/devnet/node/block.ts';

const block = (number: number, bytes: number): Block => ({
  hash: `b${number}`,
  header: { number } as Block['header'],
  extrinsics: [new Uint8Array(bytes)],
});

it('keeps as many blocks as it may', () => {
  const history = new BlockHistory({ keptBlocks: 3, keptBytes: 1000 }, null, [block(0, 1)]);
  for (let number = 1; number <= 5; number += 1) history.append(block(number, 1));
  expect(history.at(2)).toBeNull();
  expect(history.of('b2')).toBeNull();
  expect([history.at(3)?.hash, history.head.hash]).toEqual(['b3', 'b5']);
});

it('keeps fewer when they are large, but never none', () => {
  const history = new BlockHistory({ keptBlocks: 100, keptBytes: 400 }, null, [block(0, 0)]);
  for (let number = 1; number <= 50; number += 1) history.append(block(number, 10));
  expect([history.at(10), history.at(11)?.hash]).toEqual([null, 'b11']);
  for (let number = 51; number <= 90; number += 1) history.append(block(number, 10_000));
  expect([history.at(74), history.at(75)?.hash, history.head.hash]).toEqual([null, 'b75', 'b90']);
});
