// Writes a part's gaps and codes as bits, in AssemblyScript: what src-protocol/update/part-writer.ts does, bit for bit.
// `npm run wasm` compiles it into pack-wasm.ts. JavaScript says where what lies in the memory.

/**
 * Bits of the highs with so many low bits.
 * @param gaps u16, zeros after the last up to a whole vector
 */
export function highBits(gaps: usize, kept: i32, low: i32): i32 {
  let sums = i32x4.splat(0);
  const end = gaps + (<usize>kept << 1);
  for (let at = gaps; at < end; at += 16) {
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.shr_u(v128.load(at), low)));
  }
  return (
    kept +
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3)
  );
}

/**
 * Writes the fields, and up to 4 bytes more.
 * @param codes u8
 * @param levels f64
 * @returns the sum of the squares of all values' levels
 */
export function packFields(
  gaps: usize,
  codes: usize,
  kept: i32,
  gapBits: i32,
  bits: i32,
  levels: usize,
  to: usize,
): f64 {
  const gapMask = (1 << gapBits) - 1;
  const width = gapBits + bits;
  let squares: f64 = 0;
  let pending: u64 = 0;
  let held = 0;
  let next = to;
  for (let i: usize = 0; i < <usize>kept; i += 1) {
    const code = <i32>load<u8>(codes + i);
    const level = load<f64>(levels + (<usize>code << 3));
    squares += level * level;
    const low = <i32>load<u16>(gaps + (i << 1)) & gapMask;
    pending = (pending << width) | <u64>((low << bits) | code);
    held += width;
    if (held >= 32) {
      held -= 32;
      store<u32>(next, bswap(<u32>(pending >> held)));
      next += 4;
    }
  }
  store<u32>(next, bswap(<u32>(pending << (32 - held))));
  return squares;
}

/** Writes the highs, and up to 8 bytes more. */
export function packHighs(gaps: usize, kept: i32, gapBits: i32, to: usize): void {
  let word: u64 = 0; // its first bit is that of `next`
  let one = -1; // within the word
  let next = to;
  const end = gaps + (<usize>kept << 1);
  for (let at = gaps; at < end; at += 2) {
    one += 1 + (<i32>load<u16>(at) >> gapBits);
    for (; one >= 32; one -= 32) {
      store<u32>(next, bswap(<u32>(word >> 32)));
      word <<= 32;
      next += 4;
    }
    word |= <u64>0x8000000000000000 >> one;
  }
  store<u32>(next, bswap(<u32>(word >> 32)));
}
