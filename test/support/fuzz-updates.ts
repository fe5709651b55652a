import { errorCode } from '#protocol/errors.ts';
import { tensorSizes } from '#protocol/update/parts.ts';
import { decodeUpdateBlob, maxUpdateBytes } from '#protocol/update/update-blob.ts';
import { HEADER_BYTES } from '#protocol/update/update-header.ts';
import { uint32Bytes } from '#protocol/bytes.ts';
import { type RandomStream, randomStream } from '#protocol/random.ts';
import { encodeGolden, goldenTarget, goldenUpdates } from './golden-updates.ts';

export interface FuzzResult {
  readonly inputs: number;
  /** Refused as a breach of the format. */
  readonly refused: number;
  /** Still an update: everything that was read was within its limits. */
  readonly read: number;
  readonly slowestMs: number;
}

/** How often a slow input is tried again: other programs may have had the processor. */
const RETRIES = 3;

/**
 * Decodes damaged golden updates. The same inputs for the same `first` and `count`.
 * @throws Error that names the input, when anything but a ProtocolError comes out, or an update that is out of limits
 */
export function fuzzUpdates(first: number, count: number, slowMs: number): FuzzResult {
  const seeds = goldenUpdates.map(({ name, spec }) => {
    return { name, spec, sizes: tensorSizes(spec), blob: encodeGolden(spec), most: maxUpdateBytes(spec) };
  });
  let [refused, read, slowestMs] = [0, 0, 0];
  for (let input = first; input < first + count; input += 1) {
    const random = randomStream(uint32Bytes(input));
    const seed = seeds[input % seeds.length]!;
    const other = seeds[random.nextBelow(seeds.length)]!;
    const bytes = mutated(seed.blob, other.blob, seed.sizes.length, random);
    const decode = (): void => {
      const startMs = performance.now();
      const outcome = outcomeOf(() => decodeUpdateBlob(seed.spec, goldenTarget, bytes));
      let tookMs = performance.now() - startMs;
      for (let retry = 0; retry < RETRIES && tookMs > slowMs; retry += 1) {
        const againMs = performance.now();
        outcomeOf(() => decodeUpdateBlob(seed.spec, goldenTarget, bytes));
        tookMs = Math.min(tookMs, performance.now() - againMs);
      }
      slowestMs = Math.max(slowestMs, tookMs);
      if (outcome === null) {
        refused += 1;
        return;
      }
      if (bytes.length > seed.most) throw new Error('An update longer than the longest was read');
      for (const [tensor, { indices, values }] of outcome.entries()) {
        const ascends = indices.every((index, i) => index > (indices[i - 1] ?? -1) && index < seed.sizes[tensor]!);
        if (!ascends || !values.every(Number.isFinite)) throw new Error(`Tensor ${tensor} is out of limits`);
      }
      read += 1;
    };
    try {
      decode();
    } catch (cause) {
      throw new Error(`Input ${input} (${seed.name}) broke the decoder`, { cause });
    }
  }
  return { inputs: count, refused, read, slowestMs };
}

/** What was decoded; `null` when it was refused. */
function outcomeOf<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch (error) {
    if (errorCode(error) === 'PROTOCOL' && error instanceof Error && error.name === 'ProtocolError') return null;
    throw error;
  }
}

/** One to four changes, most of them where the format has its say. */
function mutated(blob: Uint8Array, other: Uint8Array, parts: number, random: RandomStream): Uint8Array {
  let bytes = blob.slice();
  for (let change = random.nextBelow(4); change >= 0; change -= 1) {
    const at = random.nextBelow(bytes.length + 1);
    switch (random.nextBelow(8)) {
      case 0: // a bit anywhere
      case 1:
        if (at < bytes.length) bytes[at]! ^= 1 << random.nextBelow(8);
        break;
      case 2: // a byte anywhere
        if (at < bytes.length) bytes[at] = random.nextBelow(256);
        break;
      case 3: // cut off
        bytes = bytes.slice(0, at);
        break;
      case 4: // longer
        bytes = new Uint8Array([...bytes.subarray(0, at), random.nextBelow(256), ...bytes.subarray(at)]);
        break;
      case 5: // a run of zeros or ones
        bytes.fill(random.nextBelow(2) * 255, at, at + random.nextBelow(64));
        break;
      case 6: // a piece of another
        bytes.set(
          other.subarray(at, Math.min(other.length, bytes.length, at + random.nextBelow(200))),
          Math.min(at, other.length),
        );
        break;
      default: // a length, also one that adds up with its neighbour's
        moveLength(bytes, parts, random);
    }
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
