// Sorts a part's kept values and finds their cells, in AssemblyScript: what src-protocol/update/value-sorter.ts does, bit for bit.
// `npm run wasm` compiles it into sort-wasm.ts. JavaScript says where what lies in the memory, but for the counts.

/** For each of three passes as many words as a digit has values. */
const COUNTS: usize = 0;
const PASS_BYTES: usize = 8192;
const DIGIT_BITS: i32 = 11;
/** Of a digit that counts words. */
const DIGIT_BYTES_MASK: i32 = 2047 << 2;
/** Bytes of four vectors, whose codes are written together. */
const BLOCK: usize = 64;

/**
 * Sorts by radix; −0 comes before 0.
 * @param keys as much room as for the values
 * @param sorted receives the values, ascending
 * @param sums f64: receives the sum of the values before each, and last that of all
 */
export function sort(values: usize, count: i32, keys: usize, sorted: usize, sums: usize): void {
  const bytes = <usize>count << 2;
  memory.fill(COUNTS, 0, 3 * PASS_BYTES);
  for (let at: usize = 0; at < bytes; at += 4) {
    // Keys are in the order of the values: the sign is turned over, and of negative numbers all other bits too.
    const value = load<i32>(values + at);
    const key = value ^ ((value >> 31) | 0x80000000);
    store<i32>(keys + at, key);
    for (let pass = 0; pass < 3; pass += 1) {
      const digit = digitOf(key, pass);
      store<i32>(digit, load<i32>(digit) + 4);
    }
  }
  for (let pass = 0; pass < 3; pass += 1) countUp(pass);
  move(keys, bytes, sorted, 0);
  move(sorted, bytes, keys, 1);
  for (let at: usize = 0; at < bytes; at += 4) {
    const key = load<i32>(keys + at);
    store<i32>(sorted + placeOf(key, 2), key ^ ((~key >> 31) | 0x80000000));
  }
  let sum: f64 = 0;
  for (let at: usize = 0; at < bytes; at += 4) {
    store<f64>(sums + 2 * at, sum);
    sum += <f64>load<f32>(sorted + at);
  }
  store<f64>(sums + 2 * bytes, sum);
}

/**
 * Counts for each value how many of the numbers it reaches.
 * @param values and so on up to a whole block, whatever lies there
 * @param leasts f32
 * @param codes u8: receives the counts
 */
export function assign(values: usize, count: i32, leasts: usize, numbers: i32, codes: usize): void {
  const end = leasts + (<usize>numbers << 2);
  const stop = values + (<usize>count << 2);
  let code = codes;
  for (let at = values; at < stop; at += BLOCK) {
    const first = v128.load(at);
    const second = v128.load(at + 16);
    const third = v128.load(at + 32);
    const fourth = v128.load(at + 48);
    let counts = i8x16.splat(0);
    for (let number = leasts; number < end; number += 4) {
      const least = v128.load32_splat(number);
      const reached = i8x16.narrow_i16x8_s(
        i16x8.narrow_i32x4_s(f32x4.ge(first, least), f32x4.ge(second, least)),
        i16x8.narrow_i32x4_s(f32x4.ge(third, least), f32x4.ge(fourth, least)),
      );
      counts = i8x16.sub(counts, reached);
    }
    v128.store(code, counts);
    code += 16;
  }
}

/** Where the count of a key's digit lies. */
@inline
function digitOf(key: i32, pass: i32): usize {
  const shift = pass * DIGIT_BITS - 2;
  const digit = shift < 0 ? key << 2 : key >>> shift;
  return COUNTS + <usize>pass * PASS_BYTES + <usize>(digit & DIGIT_BYTES_MASK);
}

/** Turns counts into the sums of those before them. */
function countUp(pass: i32): void {
  const start = COUNTS + <usize>pass * PASS_BYTES;
  let sum: i32 = 0;
  for (let at = start; at < start + PASS_BYTES; at += 4) {
    const count = load<i32>(at);
    store<i32>(at, sum);
    sum += count;
  }
}

/** Takes the next place of a key's digit. @returns bytes */
@inline
function placeOf(key: i32, pass: i32): usize {
  const digit = digitOf(key, pass);
  const place = load<i32>(digit);
  store<i32>(digit, place + 4);
  return <usize>place;
}

@inline
function move(from: usize, bytes: usize, to: usize, pass: i32): void {
  for (let at: usize = 0; at < bytes; at += 4) {
    const key = load<i32>(from + at);
    store<i32>(to + placeOf(key, pass), key);
  }
}
