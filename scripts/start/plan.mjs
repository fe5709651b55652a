// @ts-check

/**
 * @typedef {object} Machine
 * @property {NodeJS.Platform} platform
 * @property {Readonly<Record<string, string | undefined>>} env
 * @property {boolean} isRoot
 */

/**
 * @typedef {{ kind: 'window', electronArgs: string[], appArgs: string[] } | { kind: 'command', commandArgs: string[] } | { kind: 'usage', message: string }} Plan
 *   the app in a window, the `millrace` command in this terminal, or what is wrong with the arguments
 */

/** What only a terminal can answer, or only the command without a window knows. */
const FOR_TERMINAL = [
  ...['--headless', '--help', '-h', '--version', '--verbose'],
  ...['--json', '--rounds', '--port', '--threads', '--work-share', '--no-dashboard'],
];

/**
 * Chromium takes any flag in silence, so a typing error must be found here.
 * @param {readonly string[]} given
 * @returns {string | null} what is wrong
 */
function windowUsageError(given) {
  for (let index = 0; index < given.length; index += 1) {
    const arg = given[index] ?? '';
    if (arg === '--hidden') continue;
    if (arg === '--home' || arg.startsWith('--home=')) {
      const folder = arg === '--home' ? (given[(index += 1)] ?? '') : arg.slice('--home='.length);
      if (folder === '' || folder.startsWith('-')) return '--home needs a folder: --home DIR';
      continue;
    }
    return `Unknown ${arg.startsWith('-') ? 'option' : 'argument'} ${arg}. See npm start -- --help`;
  }
  return null;
}

/**
 * What `npm start -- ARGS` runs on this machine.
 * @param {readonly string[]} args
 * @param {Machine} machine
 * @returns {Plan}
 */
export function planStart(args, { platform, env, isRoot }) {
  const given = args.filter((arg, index) => !(index === 0 && arg === '--'));
  const [first] = given;
  const isAboutAll = first !== undefined && ['--help', '-h', '--version'].includes(first);
  if (isAboutAll || (first !== undefined && !first.startsWith('-'))) return { kind: 'command', commandArgs: given };

  const x11 = Boolean(env['DISPLAY']);
  const display = platform === 'win32' || platform === 'darwin' || x11 || Boolean(env['WAYLAND_DISPLAY']);
  const forTerminal = given.some((arg) => FOR_TERMINAL.includes(arg.replace(/=.*$/s, '')));
  if (!display || forTerminal) {
    return { kind: 'command', commandArgs: ['run', ...given.filter((arg) => arg !== '--headless')] };
  }
  const message = windowUsageError(given);
  if (message !== null) return { kind: 'usage', message };
  return {
    kind: 'window',
    electronArgs: [
      // Chromium refuses to run as root with its sandbox on.
      ...(platform === 'linux' && isRoot ? ['--no-sandbox'] : []),
      ...(platform === 'linux' && !x11 ? ['--ozone-platform-hint=auto'] : []),
      // Without a bus Chromium prints a dozen errors of its own about it; what of Millrace needs one says so in the window.
      ...(platform === 'linux' && !env['DBUS_SESSION_BUS_ADDRESS'] ? ['--log-level=3'] : []),
    ],
    appArgs: given,
  };
}
