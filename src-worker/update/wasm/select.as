// Top-k of one chunk with error feedback, in AssemblyScript: what src-protocol/update/chunk-selector.ts does, four values at a
// time. `npm run wasm` compiles it into select-wasm.ts. Every result is the same bit for bit: + and × on doubles,
// rounded to float32 once.

// Where what lies in the memory; a chunk has 4096 values at most. JavaScript writes errors and differences, and zeros after the
// last up to a whole block.
// Errors and differences begin in the middle of a page: on some processors a copy takes ten times as long between
// addresses that are the same in a page, and chunks begin where a page does.
const ERRORS: usize = 0x800; // 4096 × f32
const DIFFERENCES: usize = 0x5800; // 4096 × f32
const MAXIMA: usize = 0xa000; // 4096 × i32: the largest magnitude of each group
const CANDIDATES: usize = 0xe000; // 4096 × i32: magnitudes that may be kept
const CANDIDATE_PLACES: usize = 0x12000; // 4096 × u16

/** Bytes of four vectors, which are looked at together. */
const BLOCK: usize = 64;
/** The lowest bit of a bound for candidates: with so many bits of a float it is at most 3 % too low. */
const BOUND_BIT: i32 = 18;

const MAGNITUDE: i32 = 0x7fffffff;

/**
 * e ← decay·e + Δ; finds the `keep` largest magnitudes, of equals those at lower places.
 * @param end number of bytes of the chunk's values, whole blocks
 * @param run a group is every fourth of so many consecutive vectors' values; twice as many groups as values to keep work best
 * @param places u16, and so on: where to write
 */
export function select(
  end: usize,
  run: i32,
  decay: f64,
  keep: i32,
  places: usize,
  gaps: usize,
  values: usize,
): void {
  const groups = addDecayed(end, run, decay);
  // At least `keep` groups have a value that reaches this: no value that is kept lies below. With fewer groups it is 0.
  const bound = kthLargest(MAXIMA, groups, keep, BOUND_BIT);
  const found = findFrom(end, bound);
  const threshold = kthLargest(CANDIDATES, found, keep, 0);
  let spare = keep - countFrom(CANDIDATES, found, threshold + 1);
  let kept: usize = 0;
  let next: i32 = 0;
  for (let i: usize = 0; i < <usize>found; i += 1) {
    const magnitude = load<i32>(CANDIDATES + (i << 2));
    if (magnitude < threshold) continue;
    if (magnitude == threshold) {
      if (spare == 0) continue;
      spare -= 1;
    }
    const place = <i32>load<u16>(CANDIDATE_PLACES + (i << 1));
    store<u16>(places + (kept << 1), place);
    store<u16>(gaps + (kept << 1), place - next);
    store<f32>(values + (kept << 2), load<f32>(ERRORS + (<usize>place << 2)));
    next = place + 1;
    kept += 1;
  }
}

/** The largest magnitude of `end` bytes of values where errors lie; more than any finite one's bits when one is not a number. */
export function largest(end: usize): i32 {
  let most = i32x4.splat(0);
  const mask = i32x4.splat(MAGNITUDE);
  for (let at: usize = 0; at < end; at += 16) {
    most = i32x4.max_s(most, v128.and(v128.load(ERRORS + at), mask));
  }
  return max(
    max(i32x4.extract_lane(most, 0), i32x4.extract_lane(most, 1)),
    max(i32x4.extract_lane(most, 2), i32x4.extract_lane(most, 3)),
  );
}

/** @returns the number of groups */
function addDecayed(end: usize, run: i32, decay: f64): i32 {
  const factor = f64x2.splat(decay);
  const mask = i32x4.splat(MAGNITUDE);
  let groups: usize = 0;
  let at: usize = 0;
  while (at < end) {
    let most = i32x4.splat(0);
    const stop = min(at + (<usize>run << 4), end);
    for (; at < stop; at += 16) {
      // Two floats are widened as they are read: taking them out of a vector of four would be one step more.
      const low = f64x2.add(
        f64x2.mul(factor, f64x2.promote_low_f32x4(v128.load64_zero(at, ERRORS))),
        f64x2.promote_low_f32x4(v128.load64_zero(at, DIFFERENCES)),
      );
      const high = f64x2.add(
        f64x2.mul(factor, f64x2.promote_low_f32x4(v128.load64_zero(at, ERRORS + 8))),
        f64x2.promote_low_f32x4(v128.load64_zero(at, DIFFERENCES + 8)),
      );
      const sum = v128.shuffle<i32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
      v128.store(at, sum, ERRORS);
      most = i32x4.max_s(most, v128.and(sum, mask));
    }
    v128.store(MAXIMA + (groups << 2), most);
    groups += 4;
  }
  return <i32>groups;
}

/** Lists places and magnitudes of all values whose magnitude reaches `least`, with zeros up to a whole vector. */
function findFrom(end: usize, least: i32): i32 {
  const mask = i32x4.splat(MAGNITUDE);
  const bound = i32x4.splat(least);
  let found: usize = 0;
  for (let at: usize = 0; at < end; at += BLOCK) {
    const first = i32x4.ge_s(v128.and(v128.load(ERRORS + at), mask), bound);
    const second = i32x4.ge_s(v128.and(v128.load(ERRORS + at + 16), mask), bound);
    const third = i32x4.ge_s(v128.and(v128.load(ERRORS + at + 32), mask), bound);
    const fourth = i32x4.ge_s(v128.and(v128.load(ERRORS + at + 48), mask), bound);
    const all = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(first, second), i16x8.narrow_i32x4_s(third, fourth));
    let hits = i8x16.bitmask(all);
    while (hits != 0) {
      const place = (at >> 2) + <usize>ctz(hits);
      hits &= hits - 1;
      store<u16>(CANDIDATE_PLACES + (found << 1), <i32>place);
      store<i32>(CANDIDATES + (found << 2), load<i32>(ERRORS + (place << 2)) & MAGNITUDE);
      found += 1;
    }
  }
  for (let i = found; (i & 3) != 0; i += 1) store<i32>(CANDIDATES + (i << 2), 0);
  return <i32>found;
}

/**
 * The k-th largest of numbers that are not negative, bit by bit from the highest to `last`; 0 when there are fewer. Or a lower
 * number, where none lies between: it does as well.
 */
function kthLargest(numbers: usize, count: i32, k: i32, last: i32): i32 {
  let found: i32 = 0;
  for (let bit: i32 = 30; bit >= last; bit -= 1) {
    const higher = found | (1 << bit);
    const reached = countFrom(numbers, count, higher);
    if (reached < k) continue;
    found = higher;
    if (reached == k) break;
  }
  return found;
}

/** How many of the numbers are not below `least`, which is above 0. */
function countFrom(numbers: usize, count: i32, least: i32): i32 {
  const bound = i32x4.splat(least);
  let counts = i32x4.splat(0);
  const end = numbers + (<usize>count << 2);
  for (let at = numbers; at < end; at += 16) counts = i32x4.sub(counts, i32x4.ge_s(v128.load(at), bound));
  return (
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3)
  );
}
