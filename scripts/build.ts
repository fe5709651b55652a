import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentFingerprint, fingerprintFile, isStale, outputFolder, root } from './build/stale.ts';

/** Builds the whole of dist/, or leaves the old one as it was when that fails. */
async function build(): Promise<void> {
  // Here and not above: with nothing to do, a start must not wait for the bundler to load.
  const { bundleAll } = await import('./build/bundle.ts');
  const fingerprint = currentFingerprint();
  mkdirSync(join(root, '.cache'), { recursive: true });
  const temporary = mkdtempSync(join(root, '.cache/dist-'));
  try {
    await bundleAll(temporary);
    cpSync(join(root, 'src-renderer/index.html'), join(temporary, 'renderer/index.html'));
    cpSync(join(root, 'assets'), join(temporary, 'renderer/assets'), { recursive: true, filter: isForTheApp });
    writeFileSync(join(temporary, fingerprintFile), fingerprint);
    rmSync(outputFolder, { recursive: true, force: true });
    renameSync(temporary, outputFolder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Leaves out how the pictures are made and what is written about them. */
function isForTheApp(path: string): boolean {
  return !/\.(ts|md)$/.test(path);
}

if (!process.argv.includes('--if-stale') || isStale()) {
  const startedMs = performance.now();
  // stderr, because stdout belongs to the program that is started after the build.
  await build().then(
    () => process.stderr.write(`millrace: built in ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`),
    (error: unknown) => {
      // The bundler has printed its errors with file and line; a stack of its own insides would bury them.
      if (!(error instanceof Error && 'errors' in error)) throw error;
      process.exitCode = 1;
    },
  );
}
