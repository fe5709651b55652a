// @ts-check
// `npm start`: sets up what is missing, builds what is stale, then runs. Plain Node 20, no packages.
import { join } from 'node:path';
import { buildIfStale } from './setup/build-if-stale.mjs';
import { ensureElectron } from './setup/electron.mjs';
import { runInForeground } from './setup/foreground.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { node24, root } from './setup/places.mjs';
import { ensureSandbox } from './setup/sandbox.mjs';
import { runEntry, say } from './setup/say.mjs';
import { ensureSystemLibraries } from './setup/system-libraries.mjs';
import { planStart } from './start/plan.mjs';

runEntry(async () => {
  const isRoot = process.getuid?.() === 0;
  const plan = planStart(process.argv.slice(2), { platform: process.platform, env: process.env, isRoot });
  if (plan.kind === 'usage') {
    say(plan.message);
    return 2;
  }

  await ensurePackages();
  if (plan.kind === 'command') {
    await buildIfStale();
    return runInForeground(node24(), [join(root, 'dist/millrace.js'), ...plan.commandArgs]);
  }
  const electron = await ensureElectron();
  await ensureSystemLibraries({ electron, testing: false });
  ensureSandbox(electron);
  await buildIfStale();
  return runInForeground(electron, [...plan.electronArgs, root, ...plan.appArgs]);
});
