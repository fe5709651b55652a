// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './command.mjs';
import { node24, root } from './places.mjs';
import { say, secondsSince, SetUpError } from './say.mjs';

const stampFile = join(root, 'node_modules/.millrace-lock');
const timeoutMs = 20 * 60_000;
const stillMs = 30_000;

/** What node_modules must have been made from: this lock file, on this kind of machine. */
function wantedStamp() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`;
}

function currentStamp() {
  try {
    return readFileSync(stampFile, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * @param {string} file one of npm's lock files
 * @returns {Record<string, { integrity?: string, optional?: boolean }>}
 */
function packagesOf(file) {
  /** @type {unknown} */
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  return /** @type {{ packages: Record<string, { integrity?: string, optional?: boolean }> }} */ (lock).packages;
}

/**
 * Whether a folder's node_modules is what its lock file asks for, say from an `npm ci` by hand: npm writes its own
 * list there last. Optional packages may be missing, they are for other machines.
 * @param {string} folder
 */
export function isInstalled(folder) {
  const list = join(folder, 'node_modules/.package-lock.json');
  if (!existsSync(list)) return false;
  const found = packagesOf(list);
  return Object.entries(packagesOf(join(folder, 'package-lock.json'))).every(([path, { integrity, optional }]) => {
    if (path === '') return true;
    const there = found[path];
    return there === undefined ? optional === true : there.integrity === integrity;
  });
}

/** Installs exactly the packages of the lock file, unless they are already there. */
export async function ensurePackages() {
  const wanted = wantedStamp();
  const current = currentStamp();
  if (current === wanted) return;
  if (current === undefined && existsSync(node24()) && isInstalled(root)) {
    writeFileSync(stampFile, wanted);
    return;
  }
  const startedMs = performance.now();
  say('installing packages (once: a minute or two, up to ten on a busy machine or a slow link) …');
  const still = setInterval(() => {
    say(`still installing packages, ${secondsSince(startedMs)} so far; on a slow network it takes longer`);
  }, stillMs);
  // The lock file pins every package by its hash, so npm's cache needs no look at the registry.
  // onnxruntime-node would fetch 300 MB of CUDA from elsewhere.
  const { ok, output } = await npm(['ci', '--no-audit', '--no-fund', '--prefer-offline'], {
    timeoutMs,
    env: { ONNXRUNTIME_NODE_INSTALL: 'skip' },
  }).finally(() => {
    clearInterval(still);
  });
  if (!ok) {
    throw new SetUpError(
      `npm could not install the packages. It said:\n${output}`,
      'Check the network and the disk, that no other start is still installing here, then start again.',
    );
  }
  writeFileSync(stampFile, wanted);
  say(`packages installed in ${secondsSince(startedMs)}`);
}
