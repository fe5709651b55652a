// @ts-check

/**
 * @typedef {object} Machine
 * @property {NodeJS.Platform} platform
 * @property {Readonly<Record<string, string | undefined>>} env
 * @property {boolean} isRoot
 */

/**
 * @typedef {{ kind: 'window', electronArgs: string[], appArgs: string[] } | { kind: 'command', commandArgs: string[] }} Plan
 *   the app in a window, or the `millrace` command in this terminal
 */

/**
 * What `npm start -- ARGS` runs on this machine.
 * @param {readonly string[]} args
 * @param {Machine} machine
 * @returns {Plan}
 */
export function planStart(args, { platform, env, isRoot }) {
  const given = args.filter((arg, index) => !(index === 0 && arg === '--'));
  const [first] = given;
  if (first !== undefined && !first.startsWith('-')) return { kind: 'command', commandArgs: given };

  const x11 = Boolean(env['DISPLAY']);
  const display = platform === 'win32' || platform === 'darwin' || x11 || Boolean(env['WAYLAND_DISPLAY']);
  const forTerminal = given.some((arg) => ['--headless', '--help', '-h', '--version'].includes(arg));
  if (!display || forTerminal) {
    return { kind: 'command', commandArgs: ['run', ...given.filter((arg) => arg !== '--headless')] };
  }
  return {
    kind: 'window',
    electronArgs: [
      // Chromium refuses to run as root with its sandbox on.
      ...(platform === 'linux' && isRoot ? ['--no-sandbox'] : []),
      ...(platform === 'linux' && !x11 ? ['--ozone-platform-hint=auto'] : []),
    ],
    appArgs: given,
  };
}
