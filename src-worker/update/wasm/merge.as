// The outer step of one block, in AssemblyScript: what src-protocol/update/part-reader.ts and outer-step-part.ts do, without an
// array of places and values between them. Every result is the same bit for bit: + − × ÷ on doubles in the same order.
// `npm run wasm` compiles it into merge-wasm.ts.

// Where what lies in the memory; a block has 8192 values at most. JavaScript writes and reads parameters and momentum, and writes
// one record for each peer.
const SUMS: usize = 0; // 8192 × (f64, f64): Σ factor · value, Σ weight; all zero between blocks
const PARAMETER: usize = 0x20000; // 8192 × f32
const MOMENTUM: usize = 0x28000; // 8192 × f32
const SENT: usize = 0x30000; // 8193 × u16: places that were sent, once each; one more is written than counts

// A record. JavaScript writes what does not change, and zeros for the rest but for the first word and the last one, which are −32 and −1.
const HIGHS_AT: usize = 0; // i32
const GAP_BITS: usize = 4; // i32
const NEXT: usize = 8; // i32: the next byte of the fields,
const WINDOW: usize = 12; // i32: and the bits before it that are not used yet:
const HELD: usize = 16; // i32: so many, the low ones
const HIGHS: usize = 20; // i32: what is left of the word of the highs that is looked at,
const WORD_AT: usize = 24; // i32: which begins at this bit
const LAST: usize = 28; // i32: the bit of the last one
const SQUARES: usize = 32; // f64
const LEVELS: usize = 48; // 16 × f64
const ADDED: usize = 176; // 16 × (f64, f64): factor · level, weight

/** How many ones there are. */
export function countOnes(from: usize, end: usize): i32 {
  let count: i32 = 0;
  let at = from;
  for (; at + 8 <= end; at += 8) count += <i32>popcnt(load<u64>(at));
  for (; at < end; at += 1) count += <i32>popcnt(<u32>load<u8>(at));
  return count;
}

/**
 * Reads what a peer sent for a block and adds it to the sums.
 * @param count values of the block
 * @param known places in SENT
 * @returns the places in SENT with this peer's; −1 when one is past the end of its chunk
 */
export function add(record: usize, count: i32, chunkSize: i32, topK: i32, bits: i32, known: i32): i32 {
  const highsAt = load<usize>(record + HIGHS_AT);
  const gapBits = load<i32>(record + GAP_BITS);
  let next = load<usize>(record + NEXT);
  let window = load<u32>(record + WINDOW);
  let held = load<i32>(record + HELD);
  let highs = load<u32>(record + HIGHS);
  let wordAt = load<i32>(record + WORD_AT);
  let last = load<i32>(record + LAST);
  let squares = load<f64>(record + SQUARES);
  const levels = record + LEVELS;
  const added = record + ADDED;
  const width = gapBits + bits;
  const fieldMask = (1 << width) - 1;
  const rankMask = (1 << bits) - 1;
  let sent = SENT + (<usize>known << 1);
  for (let start: i32 = 0; start < count; start += chunkSize) {
    const chunk = min(chunkSize, count - start);
    const kept = min(chunk, (topK * chunk + chunkSize - 1) / chunkSize);
    const before = last + kept;
    let place = start - 1;
    for (let left = kept; left > 0; left -= 1) {
      while (highs == 0) {
        wordAt += 32;
        highs = bswap(load<u32>(highsAt + (wordAt >> 3)));
      }
      const zeros = <i32>clz(highs);
      highs ^= <u32>0x80000000 >> zeros;
      if (held < width) {
        window = (window << 16) | <u32>bswap(load<u16>(next));
        next += 2;
        held += 16;
      }
      held -= width;
      const field = <i32>(window >> held) & fieldMask;
      place += ((wordAt + zeros - last - 1) << gapBits) + (field >> bits) + 1;
      last = wordAt + zeros;
      if (<u32>place >= <u32>count) return -1;
      const rank = field & rankMask;
      const level = load<f64>(levels + (<usize>rank << 3));
      squares += level * level;
      const sum = SUMS + (<usize>place << 4);
      const old = v128.load(sum);
      store<u16>(sent, place);
      sent += <usize>(f64x2.extract_lane(old, 1) == 0) << 1;
      v128.store(sum, f64x2.add(old, v128.load(added + (<usize>rank << 4))));
    }
    // With more zeros than that a shift may have overflowed.
    if (last - before > chunk || place >= start + chunk) return -1;
  }
  store<usize>(record + NEXT, next);
  store<u32>(record + WINDOW, window);
  store<i32>(record + HELD, held);
  store<u32>(record + HIGHS, highs);
  store<i32>(record + WORD_AT, wordAt);
  store<i32>(record + LAST, last);
  store<f64>(record + SQUARES, squares);
  return <i32>((sent - SENT) >> 1);
}

/** Moves so many of the places in SENT. @param divisor 0 means by the weights of those who sent the value */
export function moveSent(count: i32, divisor: f64, learningRate: f64): void {
  const end = SENT + (<usize>count << 1);
  for (let at = SENT; at < end; at += 2) {
    const place = <usize>load<u16>(at);
    const sum = SUMS + (place << 4);
    const share = load<f64>(sum) / (divisor == 0 ? load<f64>(sum + 8) : divisor);
    const parameter = PARAMETER + (place << 2);
    store<f32>(parameter, <f32>(<f64>load<f32>(parameter) - learningRate * share));
    v128.store(sum, i64x2.splat(0));
  }
}

/** With momentum all of a block's values move. */
export function moveAll(count: i32, divisor: f64, learningRate: f64, decay: f64): void {
  for (let i: usize = 0; i < <usize>count; i += 1) {
    const sum = SUMS + (i << 4);
    const weight = load<f64>(sum + 8);
    const share = weight == 0 ? 0 : load<f64>(sum) / (divisor == 0 ? weight : divisor);
    const kept = <f32>(decay * <f64>load<f32>(MOMENTUM + (i << 2)) + share);
    store<f32>(MOMENTUM + (i << 2), kept);
    const parameter = PARAMETER + (i << 2);
    store<f32>(parameter, <f32>(<f64>load<f32>(parameter) - learningRate * (share + decay * <f64>kept)));
    v128.store(sum, i64x2.splat(0));
  }
}

/** After a block that could not be read. */
export function clear(): void {
  memory.fill(SUMS, 0, PARAMETER - SUMS);
}
