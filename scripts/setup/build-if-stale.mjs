// @ts-check
import { join } from 'node:path';
import { capture } from './command.mjs';
import { node24, root } from './places.mjs';
import { say, SetUpError } from './say.mjs';

const timeoutMs = 5 * 60_000;

/** Brings dist/ up to date with the sources. */
export async function buildIfStale() {
  const { ok, output } = await capture(node24(), [join(root, 'scripts/build.ts'), '--if-stale'], { timeoutMs });
  if (!ok) throw new SetUpError(`The build failed:\n${output}`, 'Repair that, then start again.');
  if (output !== '') say(output.replace(/^millrace: /, ''));
}
