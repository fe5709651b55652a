const MAX_CHARACTERS = 60;
const MAX_BYTES = 1_024;

/** What anybody may have written on the chain as a name: without what is not seen or turns the text round, and short. */
export function untrustedName(bytes: Uint8Array): string | null {
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_BYTES));
  const seen = text.replace(/[\p{C}\p{Zl}\p{Zp}\uFFFD]/gu, '').trim();
  return seen === '' ? null : Array.from(seen).slice(0, MAX_CHARACTERS).join('');
}
