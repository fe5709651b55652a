import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { root } from './stale.ts';

/** dist/NAME.js ← source. One file for each process and each kind of thread that Millrace starts. */
const nodeEntries = {
  main: 'src-main/electron/main.ts',
  millrace: 'src-main/headless/millrace.ts',
  'hardware-probe': 'src-main/core/hardware/probe-main.ts',
  'derive-key-thread': 'src-main/core/btwallet/derive-key-thread.ts',
  worker: 'src-worker/main.ts',
  'update-thread': 'src-worker/update/update-thread.ts',
  export: 'src-worker/export/main.ts',
  validator: 'src-network/validator/main.ts',
  chain: 'src-network/devnet/main.ts',
};

const forBrowsers = {
  platform: 'browser',
  format: 'esm',
  jsx: 'automatic',
  minify: true,
  legalComments: 'linked',
  define: { 'process.env.NODE_ENV': '"production"' },
} satisfies BuildOptions;

/** Writes all bundles into `folder`. @throws esbuild's BuildFailure, after it has printed the errors */
export async function bundleAll(folder: string): Promise<void> {
  await Promise.all([
    bundle({
      entryPoints: nodeEntries,
      outdir: folder,
      platform: 'node',
      // Electron 33 runs this too, with Node 20.
      target: 'node20',
      format: 'esm',
      packages: 'external',
      splitting: true,
      chunkNames: 'shared/[name]-[hash]',
    }),
    bundle({
      // A sandboxed preload can load nothing but Electron: so all in one file, and CommonJS.
      entryPoints: { preload: 'src-main/electron/preload.ts' },
      outdir: folder,
      outExtension: { '.js': '.cjs' },
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      external: ['electron'],
    }),
    bundle({
      ...forBrowsers,
      entryPoints: { app: 'src-renderer/main.tsx' },
      outdir: join(folder, 'renderer'),
      target: 'chrome130',
    }),
    bundleExtensionPage(join(folder, 'extension-page')),
  ]);
}

/** The page that the owner's browser opens, to speak with an extension. */
export async function bundleExtensionPage(folder: string): Promise<void> {
  await bundle({
    ...forBrowsers,
    entryPoints: { page: 'src-renderer/extension-page/main.tsx' },
    outdir: folder,
    // light-dark() in its style sheet needs these.
    target: ['chrome123', 'firefox120', 'safari17.5'],
  });
  cpSync(join(root, 'src-renderer/extension-page/index.html'), join(folder, 'index.html'));
  for (const asset of ['icon.svg', 'fonts']) {
    cpSync(join(root, 'assets', asset), join(folder, 'assets', asset), { recursive: true });
  }
}

async function bundle(options: BuildOptions): Promise<void> {
  // It warns where two files give an element below the class a property, too, though the longer selector decides there.
  const logOverride = { 'undefined-composes-from': 'silent' } as const;
  await build({ ...options, bundle: true, absWorkingDir: root, logLevel: 'warning', logOverride });
}
