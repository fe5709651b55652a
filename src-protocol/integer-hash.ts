/**
 * The integer hash from which initial weights and test tokens are made: exact 32-bit arithmetic, the same in every
 * language. `u(i, salt)` mixes `i·2654435761 + salt·40503 + 12345` (mod 2³²) with the MurmurHash3 finaliser.
 *
 * @param index any integer; only its value mod 2³² counts
 * @param salt names one stream of numbers; only its value mod 2³² counts
 * @returns an integer in [0, 2³²)
 */
export function integerHash(index: number, salt: number): number {
  let x = (Math.imul(index, 2654435761) + Math.imul(salt, 40503) + 12345) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** `integerHash(start), integerHash(start + 1), …` as `count` unsigned 32-bit numbers. */
export function integerHashes(count: number, salt: number, start = 0): Uint32Array {
  const out = new Uint32Array(count);
  for (let index = 0; index < count; index++) out[index] = integerHash(start + index, salt);
  return out;
}

/**
 * Hashed numbers spread evenly over [−scale, scale): `(u / 2³² − 0.5) · 2 · scale` in float64, stored as float32.
 */
export function hashedFloats(count: number, salt: number, scale: number): Float32Array {
  const out = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    out[index] = (integerHash(index, salt) / 4294967296 - 0.5) * 2 * scale;
  }
  return out;
}
