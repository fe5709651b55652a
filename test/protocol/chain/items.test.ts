import { expect, it } from 'vitest';
import { entriesOf } from '#protocol/chain/subtensor/items.ts';

const page = (from: number, length: number): unknown[] =>
  Array.from({ length }, (_, n) => [{ toHex: () => `0x${from + n}` }, null]);

it('reads the entries page by page to the end', async () => {
  const asked: unknown[] = [];
  const item = {
    entriesPaged: ({ startKey }: { readonly startKey?: string }) => {
      asked.push(startKey);
      return Promise.resolve(startKey === undefined ? page(0, 1_000) : page(1_000, 3));
    },
  };
  expect(await entriesOf(item as never, 3)).toHaveLength(1_003);
  expect(asked).toEqual([undefined, '0x999']);
});

it('ends when a chain tells of entries for ever', async () => {
  const item = { entriesPaged: () => Promise.resolve(page(0, 1_000)) };
  await expect(entriesOf(item as never, 3)).rejects.toThrow('more than 8192 entries');
});
