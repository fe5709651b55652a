import * as v from 'valibot';
import { readSmallFile, writePrivateFile } from '#main/core/private-file.ts';

const MAX_BYTES = 4096;

const schema = v.object({
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  ownerSecret: v.pipe(v.string(), v.minLength(20), v.maxLength(200)),
});

/** Where a process answers on the loopback interface, and the secret that lets the same user's `millrace status` ask it. */
export type Endpoint = v.InferOutput<typeof schema>;

/** Mode 0600. A file that a crash left behind is replaced. */
export const writeEndpointFile = (path: string, { port, ownerSecret }: Endpoint): void =>
  writePrivateFile(path, `${JSON.stringify({ port, ownerSecret })}\n`);

/** `null` when there is none, or none that makes sense. */
export function readEndpointFile(path: string): Endpoint | null {
  try {
    const text = readSmallFile(path, MAX_BYTES);
    const parsed = v.safeParse(schema, text === null ? null : JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}
