// @ts-check
// `npm test`: the same set-up as `npm start`, then everything. Plain Node 20, no packages.
import { join } from 'node:path';
import { buildIfStale } from './setup/build-if-stale.mjs';
import { ensureElectron } from './setup/electron.mjs';
import { runInForeground } from './setup/foreground.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { node24, root } from './setup/places.mjs';
import { ensureSandbox } from './setup/sandbox.mjs';
import { runEntry } from './setup/say.mjs';
import { ensureSystemLibraries } from './setup/system-libraries.mjs';

runEntry(async () => {
  await setUp().catch((/** @type {unknown} */ error) => {
    // The last line of a test run is always its count, also when it never came to a test.
    process.once('exit', () => {
      console.log('0 passed, 1 failed');
    });
    throw error;
  });
  return runInForeground(node24(), [join(root, 'scripts/test-all.ts')]);
});

async function setUp() {
  await ensurePackages();
  const electron = await ensureElectron();
  await ensureSystemLibraries({ electron, testing: true });
  ensureSandbox(electron);
  await buildIfStale();
}
