import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { PROVIDERS } from './providers.ts';

const schema = v.object({
  /** What the choice was made for. */
  key: v.string(),
  provider: v.picklist(PROVIDERS),
  stepsPerRun: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
  reason: v.string(),
});
/** A ProviderChoice in a file. */
export type RememberedChoice = v.InferOutput<typeof schema>;

const MAX_FILE_BYTES = 10_000;
const MAX_REASON_CHARACTERS = 2_000;

/** `null` when there is none, or it is damaged: then the choice is made anew. */
export async function readChoice(path: string): Promise<RememberedChoice | null> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.length > MAX_FILE_BYTES) return null;
    const parsed = v.safeParse(schema, JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

/** Whether it could be written: a choice that cannot be remembered is made again. */
export async function rememberChoice(path: string, { reason, ...rest }: RememberedChoice): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const entry = { ...rest, reason: reason.slice(0, MAX_REASON_CHARACTERS) };
    await writeFile(`${path}.new`, JSON.stringify(entry), { mode: 0o600 });
    await rename(`${path}.new`, path);
    return true;
  } catch {
    return false;
  }
}
