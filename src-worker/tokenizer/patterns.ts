import { ProtocolError } from '#protocol/errors.ts';

/** The longest published have 600. Of a million characters, to compile them alone takes seconds, and nothing ends it. */
const MAX_PATTERN_CHARACTERS = 10_000;

/**
 * Bounds the regular expressions that a tokenizer.json brings.
 * @throws ProtocolError that names the file when all of them together are longer than any
 */
export function checkPatterns(json: object, path: string): void {
  let characters = 0;
  // No recursion: a hostile file may be nested a million deep.
  const pending: unknown[] = [json];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value) as Iterable<readonly [string, unknown]>) {
      if (key === 'Regex' && typeof inner === 'string') characters += inner.length;
      else pending.push(inner);
    }
  }
  if (characters > MAX_PATTERN_CHARACTERS) {
    throw new ProtocolError(
      `${path} has regular expressions of ${characters} characters, more than ${MAX_PATTERN_CHARACTERS}`,
    );
  }
}
