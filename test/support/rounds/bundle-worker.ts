import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../../scripts/build/stale.ts';

const REQUIRE =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

/** The worker that is killed in one file, packages and all: it starts several times as often as it would from its sources. */
export async function bundleWorker(folder: string): Promise<string> {
  await build({
    entryPoints: {
      'worker-until-killed': join(root, 'test/support/rounds/worker-until-killed.ts'),
      'update-thread': join(root, 'src-worker/update/update-thread.ts'),
    },
    ...{ absWorkingDir: root, outdir: folder, bundle: true, logLevel: 'warning' },
    ...{ platform: 'node', format: 'esm', target: 'node24', external: ['onnxruntime-node'] },
    // CommonJS packages within ask for Node's modules.
    banner: { js: REQUIRE },
  });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return join(folder, 'worker-until-killed.js');
}
