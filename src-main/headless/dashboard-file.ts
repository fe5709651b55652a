import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { readSmallFile, writePrivateFile } from '#main/core/private-file.ts';

const MAX_BYTES = 4096;

const schema = v.object({
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  ownerSecret: v.pipe(v.string(), v.minLength(20), v.maxLength(200)),
});

/** Where the dashboard of a running Millrace is, and the secret that lets the same user's `millrace status` ask it. */
export type DashboardFile = v.InferOutput<typeof schema>;

const pathIn = (home: string): string => join(home, 'dashboard.json');

/** Mode 0600. A file that a crash left behind is replaced. */
export const writeDashboardFile = (home: string, { port, ownerSecret }: DashboardFile): void =>
  writePrivateFile(pathIn(home), `${JSON.stringify({ port, ownerSecret })}\n`);

export const removeDashboardFile = (home: string): void => rmSync(pathIn(home), { force: true });

/** `null` when there is none, or none that makes sense. */
export function readDashboardFile(home: string): DashboardFile | null {
  try {
    const text = readSmallFile(pathIn(home), MAX_BYTES);
    const parsed = v.safeParse(schema, text === null ? null : JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}
