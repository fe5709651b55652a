import { buildIfStale } from './setup/build-if-stale.mjs';
import { ensureElectron } from './setup/electron.mjs';
import { ensureSystemLibraries } from './setup/system-libraries.mjs';
import { runProject } from './test/run-project.ts';

/** `npm run test:e2e -- ARGS`: the end-to-end tests alone, with what they need; ARGS go to vitest. */
await ensureSystemLibraries({ electron: await ensureElectron(), testing: true });
await buildIfStale();
const { failed } = await runProject('e2e', process.argv.slice(2));
process.exitCode = failed === 0 ? 0 : 1;
