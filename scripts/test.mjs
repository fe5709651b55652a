// @ts-check
// `npm test`: the same set-up as `npm start`, then everything. Plain Node 20, no packages.
import { join } from 'node:path';
import { buildIfStale } from './setup/build-if-stale.mjs';
import { ensureElectron } from './setup/electron.mjs';
import { runInForeground } from './setup/foreground.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { node24, root } from './setup/places.mjs';
import { ensureSandbox } from './setup/sandbox.mjs';
import { runEntry, say } from './setup/say.mjs';
import { ensureSystemLibraries } from './setup/system-libraries.mjs';

const HELP = `npm test: sets up what is missing, then checks and tests everything; the last line is the count. It knows no other option.

  npm run check                                             lint, types, format, dead code, size budget
  npm exec -- vitest run --project unit test/protocol       some unit tests
  npm exec -- vitest run --project integration test/…       some tests of built processes; npm run build first
  npm exec -- node scripts/e2e.ts test/e2e/wallet.test.ts   some tests of the whole app
`;

runEntry(async () => {
  const [first] = process.argv.slice(2);
  if (first === '--help' || first === '-h') {
    process.stdout.write(HELP);
    return 0;
  }
  // Whoever asked for a part of it would wait for minutes.
  if (first !== undefined)
    say(`everything is tested, whatever ${first} means: see npm test -- --help for a part of it`);
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
