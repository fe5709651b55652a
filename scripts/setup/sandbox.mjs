// @ts-check
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SetUpError } from './say.mjs';

/**
 * Some Linux systems (Ubuntu 24.04) forbid what Chromium's sandbox is built on, unless its helper belongs to root.
 * Running without a sandbox is no answer: so this says what to do instead.
 * @param {string} electron path of the executable
 */
export function ensureSandbox(electron) {
  if (process.platform !== 'linux' || process.getuid?.() === 0) return;
  const forbidden =
    kernelSetting('apparmor_restrict_unprivileged_userns') === '1' ||
    kernelSetting('unprivileged_userns_clone') === '0';
  const helper = join(dirname(electron), 'chrome-sandbox');
  if (!forbidden || belongsToRoot(helper)) return;
  throw new SetUpError(
    "This system lets Electron's sandbox start only through a helper that belongs to root. Run this, then start again:",
    `sudo chown root:root '${helper}' && sudo chmod 4755 '${helper}'`,
  );
}

/** @param {string} name */
function kernelSetting(name) {
  try {
    return readFileSync(`/proc/sys/kernel/${name}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** @param {string} path */
function belongsToRoot(path) {
  const { uid, mode } = statSync(path);
  return uid === 0 && (mode & 0o4000) !== 0;
}
