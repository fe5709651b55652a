import type { RandomStream } from '#protocol/random.ts';
import { tensorSizes } from '#protocol/update/parts.ts';
import { decodeUpdateBlob, maxUpdateBytes } from '#protocol/update/update-blob.ts';
import { HEADER_BYTES } from '#protocol/update/update-header.ts';
import { encodeGolden, goldenTarget, goldenUpdates } from '../golden-updates.ts';
import { mutateOnce } from './mutate.ts';
import { type FuzzTarget, readOrRefused } from './target.ts';

export const updateTarget: FuzzTarget = {
  name: 'update',
  about: 'updates of the golden files, decoded',
  share: 12,
  capBytes: 64 * 2 ** 20,
  open: () => {
    const seeds = goldenUpdates.map(({ spec }) => {
      return { spec, sizes: tensorSizes(spec), blob: encodeGolden(spec), most: maxUpdateBytes(spec) };
    });
    return Promise.resolve({
      prepare(random) {
        const seed = seeds[random.nextBelow(seeds.length)]!;
        const other = seeds[random.nextBelow(seeds.length)]!;
        const bytes = mutated(seed.blob, other.blob, seed.sizes.length, random);
        return () => {
          const read = readOrRefused(() => decodeUpdateBlob(seed.spec, goldenTarget, bytes));
          if (read === null) return false;
          if (bytes.length > seed.most) throw new Error('An update longer than the longest was read');
          for (const [tensor, { indices, values }] of read.entries()) {
            const ascends = indices.every((index, i) => index > (indices[i - 1] ?? -1) && index < seed.sizes[tensor]!);
            if (!ascends || !values.every(Number.isFinite)) throw new Error(`Tensor ${tensor} is out of limits`);
          }
          return true;
        };
      },
      close: () => Promise.resolve(),
    });
  },
};

/** One to four changes; some of a length, also one that adds up with its neighbour's. */
function mutated(blob: Uint8Array, other: Uint8Array, parts: number, random: RandomStream): Uint8Array {
  let bytes: Uint8Array = blob.slice();
  for (let change = random.nextBelow(4); change >= 0; change -= 1) {
    if (random.nextBelow(6) === 0) moveLength(bytes, parts, random);
    else bytes = mutateOnce(bytes, other, random);
  }
  return bytes;
}

function moveLength(bytes: Uint8Array, parts: number, random: RandomStream): void {
  const at = HEADER_BYTES + 4 * random.nextBelow(parts - 1);
  if (at + 8 > bytes.length) return;
  const lengths = new DataView(bytes.buffer, at);
  const moved = random.nextBelow(9) - 4;
  lengths.setUint32(0, lengths.getUint32(0, true) + moved, true);
  if (random.nextBelow(4) > 0) lengths.setUint32(4, lengths.getUint32(4, true) - moved, true);
}
