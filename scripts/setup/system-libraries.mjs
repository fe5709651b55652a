// @ts-check
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { capture } from './command.mjs';
import { say, secondsSince, SetUpError } from './say.mjs';

const aptTimeoutMs = 10 * 60_000;
const queryTimeoutMs = 30_000;

/** What Electron links to. Ubuntu 24.04 and Debian 13 renamed some; the name that the machine knows is taken. */
const electronPackages = [
  ['libgtk-3-0', 'libgtk-3-0t64'],
  ['libnss3'],
  ['libasound2', 'libasound2t64'],
  ['libgbm1'],
  ['libxss1'],
];
/** A screen in memory. */
const testPackages = [['xvfb'], ['xauth']];

/**
 * The shared libraries that an executable names and this machine lacks, read from the output of `ldd`.
 * @param {string} lddOutput
 * @returns {string[]}
 */
export function missingLibraries(lddOutput) {
  return [...lddOutput.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] ?? '');
}

/**
 * Makes sure that Electron can start on this Linux machine, and that its tests have a screen.
 * @param {{ electron: string, testing: boolean }} wanted `electron` is the path of the executable
 */
export async function ensureSystemLibraries({ electron, testing }) {
  if (process.platform !== 'linux') return;
  const missing = missingLibraries((await capture('ldd', [electron], { timeoutMs: queryTimeoutMs })).output);
  const groups = [
    ...(missing.length > 0 ? electronPackages : []),
    ...(testing && !(onPath('Xvfb') && onPath('xauth')) ? testPackages : []),
  ];
  if (groups.length === 0) return;

  if (!onPath('apt-get')) {
    const what = missing.length > 0 ? missing.join(' ') : 'Xvfb and xauth';
    throw new SetUpError(
      `Missing on this machine: ${what}.`,
      'Install them with the package manager, then start again.',
    );
  }
  const root = process.getuid?.() === 0;
  if (root) await apt(['update', '-qq']);
  const names = await namesToInstall(groups);
  if (!root) {
    throw new SetUpError(
      `System packages are missing: ${names.join(' ')}. Run this, then start again:`,
      `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names.join(' ')}`,
    );
  }
  const startedMs = performance.now();
  say(`installing system packages: ${names.join(' ')} …`);
  await apt(['install', '-y', '-qq', '--no-install-recommends', ...names]);
  say(`system packages installed in ${secondsSince(startedMs)}`);
}

/** @param {readonly string[]} args */
async function apt(args) {
  const { ok, output } = await capture('apt-get', args, {
    timeoutMs: aptTimeoutMs,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (!ok) {
    throw new SetUpError(`apt-get ${args.join(' ')} failed. It said:\n${output}`, 'Repair that, then start again.');
  }
}

/**
 * Of every group of alternative names the first that apt can install, without those that are installed.
 * @param {ReadonlyArray<readonly string[]>} groups
 */
async function namesToInstall(groups) {
  const names = await Promise.all(
    groups.map(async (alternatives) => {
      const states = await Promise.all(alternatives.map(packageState));
      if (states.includes('installed')) return undefined;
      return alternatives[Math.max(0, states.indexOf('available'))];
    }),
  );
  return names.filter((name) => name !== undefined);
}

/** @param {string} name */
async function packageState(name) {
  const policy = await capture('apt-cache', ['policy', name], { timeoutMs: queryTimeoutMs, env: { LC_ALL: 'C' } });
  if (/Installed: (?!\(none\))/.test(policy.stdout)) return 'installed';
  return /Candidate: (?!\(none\))/.test(policy.stdout) ? 'available' : 'unknown';
}

/** @param {string} command */
function onPath(command) {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
}
