/** Writes numbers bit after bit, the most significant first, into an array that its owner has made large enough. */
export class BitWriter {
  readonly #bytes: Uint8Array;
  #at: number;
  #pending = 0;
  #pendingBits = 0;

  /** @param at the first byte to write */
  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** @param width at most 16 bits */
  write(value: number, width: number): void {
    let pending = (this.#pending << width) | value;
    let bits = this.#pendingBits + width;
    while (bits >= 8) {
      bits -= 8;
      this.#bytes[this.#at] = pending >>> bits;
      this.#at += 1;
    }
    pending &= (1 << bits) - 1;
    this.#pending = pending;
    this.#pendingBits = bits;
  }

  /** So many zeros. */
  writeZeros(count: number): void {
    let left = count;
    for (; left > 16; left -= 16) this.write(0, 16);
    this.write(0, left);
  }

  /** Fills the last byte with zeros. @returns where the written bytes end */
  finish(): number {
    if (this.#pendingBits > 0) this.write(0, 8 - this.#pendingBits);
    return this.#at;
  }
}
