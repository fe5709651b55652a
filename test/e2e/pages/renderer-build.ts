import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '../../..');

/** Builds the real renderer into a temp folder of its own and returns the folder. */
export async function buildRenderer(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-renderer-'));
  await build({
    entryPoints: { app: join(ROOT, 'src-renderer/main.tsx') },
    outdir: folder,
    bundle: true,
    format: 'esm',
    jsx: 'automatic',
    minify: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  await cp(join(ROOT, 'src-renderer/index.html'), join(folder, 'index.html'));
  await cp(join(ROOT, 'assets'), join(folder, 'assets'), { recursive: true });
  return folder;
}
