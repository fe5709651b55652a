/** The part of the Protocol Buffers wire format that an ONNX file needs, written front to back. */

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const utf8 = new TextEncoder();

/** One message under construction: a list of byte chunks, joined once at the end. */
export class MessageWriter {
  readonly #chunks: Uint8Array[] = [];
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** An integer of −2⁵³…2⁵³; negative numbers take ten bytes, as the format wants for int64. */
  integer(field: number, value: number): this {
    return this.#push(varint(field * 8 + VARINT)).#push(varint(value));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#push(varint(field * 8 + FIXED_32)).#push(bytes);
  }

  string(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#push(varint(field * 8 + LENGTH_DELIMITED))
      .#push(varint(value.length))
      .#push(value);
  }

  /** Integers without a tag between them. */
  packed(field: number, values: readonly number[]): this {
    const inner = new MessageWriter();
    for (const value of values) inner.#push(varint(value));
    return this.message(field, inner);
  }

  message(field: number, inner: MessageWriter): this {
    this.#push(varint(field * 8 + LENGTH_DELIMITED)).#push(varint(inner.#sizeBytes));
    for (const chunk of inner.#chunks) this.#push(chunk);
    return this;
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.#sizeBytes);
    let offset = 0;
    for (const chunk of this.#chunks) {
      out.set(chunk, offset);
      offset += chunk.length;
    }
    return out;
  }

  #push(chunk: Uint8Array): this {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.length;
    return this;
  }
}

function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Uint8Array.from(out);
}
