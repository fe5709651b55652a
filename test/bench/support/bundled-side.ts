import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../../scripts/build/stale.ts';

/** A folder from which `startSide` starts what ships, and not what a compiler of TypeScript in every thread adds to it. */
export interface BundledSide {
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

/** Bundles `NAME-side.ts`, as a `worker.js`, a `validator.js` and a `chain.js`, and the threads for updates as the app is bundled. */
export async function bundleSide(name: string): Promise<BundledSide> {
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'bench-'));
  await build({
    entryPoints: {
      ...Object.fromEntries(
        ['worker', 'validator', 'chain'].map((entry) => [entry, `test/bench/support/${name}-side.ts`]),
      ),
      'update-thread': 'src-worker/update/update-thread.ts',
    },
    ...{ absWorkingDir: root, outdir: folder, bundle: true, logLevel: 'warning' },
    ...{ platform: 'node', target: 'node20', format: 'esm', packages: 'external', splitting: true },
  });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
