import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * The gradients of TensorFlow.js are in none of its files for Node, only in those that are meant for bundlers: its users
 * bundle, and so does this.
 */
const folder = mkdtempSync(join(tmpdir(), 'millrace-tfjs-'));
const outfile = join(folder, 'trainer.cjs');
try {
  await build({
    ...{
      entryPoints: [fileURLToPath(import.meta.resolve('./tfjs-trainer.ts'))],
      outfile,
      bundle: true,
      logLevel: 'error',
    },
    ...{ platform: 'node', format: 'cjs', mainFields: ['module', 'main'] },
  });
  await import(pathToFileURL(outfile).href);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
