import { describe, expect, test } from 'vitest';
import { planStart } from '../../../scripts/start/plan.mjs';

const BUS = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus' };
const desktop = { platform: 'linux', env: { DISPLAY: ':0', ...BUS }, isRoot: false } as const;
const server = { platform: 'linux', env: {}, isRoot: true } as const;

describe('what `npm start` runs', () => {
  test('with a display: the app in a window', () => {
    expect(planStart([], desktop)).toEqual({ kind: 'window', electronArgs: [], appArgs: [] });
  });

  test('without a display: the headless command', () => {
    expect(planStart(['--rounds', '3', '--json'], server)).toEqual({
      kind: 'command',
      commandArgs: ['run', '--rounds', '3', '--json'],
    });
  });

  test('with a display and --headless: the headless command, which knows no such flag', () => {
    expect(planStart(['--headless', '--json'], desktop)).toEqual({ kind: 'command', commandArgs: ['run', '--json'] });
  });

  test('with a command of millrace: that command, window or not', () => {
    expect(planStart(['--', 'devnet', '--json'], desktop)).toEqual({
      kind: 'command',
      commandArgs: ['devnet', '--json'],
    });
  });

  test('with --help: words in the terminal, not a window', () => {
    expect(planStart(['--help'], desktop)).toEqual({ kind: 'command', commandArgs: ['--help'] });
  });

  test.each([
    ['--json'],
    ['--rounds', '3'],
    ['--rounds=3'],
    ['--port', '80'],
    ['--threads', '2'],
    ['--work-share', '40'],
    ['--no-dashboard'],
  ])('with a display and %s: the headless command, because only it knows that', (...args) => {
    expect(planStart(args, desktop)).toEqual({ kind: 'command', commandArgs: ['run', ...args] });
  });

  test.each([
    [['--hom', 'x'], 'Unknown option --hom. See npm start -- --help'],
    [['--hidden', '--hom=x'], 'Unknown option --hom=x. See npm start -- --help'],
    [['--hidden', 'x'], 'Unknown argument x. See npm start -- --help'],
    [['--home'], '--home needs a folder: --home DIR'],
    [['--home', '--hidden'], '--home needs a folder: --home DIR'],
    [['--home='], '--home needs a folder: --home DIR'],
  ])('for a window it refuses %j', (args, message) => {
    expect(planStart(args, desktop)).toEqual({ kind: 'usage', message });
  });

  test('for a window it takes a home folder in both spellings, and --hidden', () => {
    const appArgs = ['--home=x', '--hidden', '--home', 'y'];
    expect(planStart(appArgs, desktop)).toEqual({ kind: 'window', electronArgs: [], appArgs });
  });

  test('gives up the sandbox for root only', () => {
    expect(planStart([], { ...desktop, isRoot: true })).toMatchObject({ electronArgs: ['--no-sandbox'] });
  });

  test('asks for Wayland where there is no X server', () => {
    expect(planStart([], { ...desktop, env: { WAYLAND_DISPLAY: 'wayland-0', ...BUS } })).toMatchObject({
      electronArgs: ['--ozone-platform-hint=auto'],
    });
  });

  test('keeps Chromium quiet about a session bus that is not there', () => {
    expect(planStart([], { ...desktop, env: { DISPLAY: ':0' } })).toMatchObject({ electronArgs: ['--log-level=3'] });
  });

  test.each(['win32', 'darwin'] as const)('needs no DISPLAY on %s', (platform) => {
    expect(planStart(['--home', 'x'], { platform, env: {}, isRoot: false })).toEqual({
      kind: 'window',
      electronArgs: [],
      appArgs: ['--home', 'x'],
    });
  });
});
