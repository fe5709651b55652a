const PAGE_BYTES = 65_536;

/** What a compiled NAME.as exports, in an instance of its own; `null` where the engine has no SIMD. @param code in base64 */
export function instantiate(code: string): unknown {
  const bytes = Buffer.from(code, 'base64');
  return WebAssembly.validate(bytes) ? new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports : null;
}

/** Makes a memory at least so large. Views of it from before are of no use afterwards. */
export function growTo(memory: WebAssembly.Memory, sizeBytes: number): void {
  memory.grow(Math.max(0, Math.ceil((sizeBytes - memory.buffer.byteLength) / PAGE_BYTES)));
}
