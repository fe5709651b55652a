import { readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'electron-builder';
import { buildIfStale } from './setup/build-if-stale.mjs';
import { registryElectronFolder } from './setup/electron-places.mjs';
import { ensureElectron } from './setup/electron.mjs';
import { root } from './setup/places.mjs';

/**
 * `npm run package -- [--dir]`: an installable app for this platform, or with --dir only its folder, in release/.
 * It takes the Electron that is already here, so that --dir works without a network.
 */
const { values } = parseArgs({ options: { dir: { type: 'boolean', default: false } } });
const electron = await ensureElectron();
await buildIfStale();

const electronDist = electronFolderOf(electron);
await build({
  projectDir: root,
  publish: 'never',
  dir: values.dir,
  config: {
    extends: join(root, 'electron-builder.yml'),
    electronDist,
    electronVersion: versionOf(electronDist),
    // The loader of the registry's Electron would be found before our app.
    afterPack: ({ appOutDir }) => {
      rmSync(join(appOutDir, 'resources/app'), { recursive: true, force: true });
    },
  },
});

/** The folder that holds all of Electron: on a Mac the one around Electron.app. */
function electronFolderOf(executable: string): string {
  return process.platform === 'darwin' ? join(executable, '../../../..') : dirname(executable);
}

function versionOf(folder: string): string {
  return folder === registryElectronFolder
    ? (/electron-([\d.]+)-/.exec(basename(folder))?.[1] ?? '')
    : readFileSync(join(folder, 'version'), 'utf8').trim().replace(/^v/, '');
}
