import { expect, test } from 'vitest';
import { parseCommandLine } from '#main/electron/command-line.ts';

test('without arguments it takes the default home and shows the window', () => {
  expect(parseCommandLine([])).toEqual({ home: null, hidden: false });
});

test('reads the home folder in both spellings, and --hidden', () => {
  expect(parseCommandLine(['/app', '--home', 'data', '--hidden'])).toEqual({ home: 'data', hidden: true });
  expect(parseCommandLine(['--home=/var/lib/mill race'])).toEqual({ home: '/var/lib/mill race', hidden: false });
});

test('leaves the switches of Chromium alone', () => {
  const args = ['--no-sandbox', '--inspect=0', '--remote-debugging-port=0', '/app', '--homeless', '--hidden-features'];
  expect(parseCommandLine(args)).toEqual({ home: null, hidden: false });
});

test.each([[['--home']], [['--home', '--hidden']], [['--home=']]])('refuses %j, which names no folder', (args) => {
  expect(() => parseCommandLine(args)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
