import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../scripts/build/stale.ts';

const REQUIRE =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

/**
 * A program of the tests in one file, packages and all: it starts several times as often as it would from its sources.
 * @param entries paths below the root, without `.ts`: the program, and threads that it starts
 * @returns the program's file
 */
export async function bundleProgram(
  folder: string,
  [program, ...threads]: readonly [string, ...string[]],
): Promise<string> {
  await build({
    entryPoints: Object.fromEntries([program, ...threads].map((path) => [basename(path), join(root, `${path}.ts`)])),
    ...{ absWorkingDir: root, outdir: folder, bundle: true, logLevel: 'warning' },
    ...{ platform: 'node', format: 'esm', target: 'node24', external: ['onnxruntime-node'] },
    // CommonJS packages within ask for Node's modules.
    banner: { js: REQUIRE },
  });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return join(folder, `${basename(program)}.js`);
}
