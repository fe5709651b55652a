import { expect, test } from 'vitest';
import { relaunchOptions } from '#main/electron/relaunch.ts';

test('starts what was started, with the same arguments', () => {
  expect(relaunchOptions({}, ['/opt/Millrace/millrace', '--home', '/data'])).toEqual({ args: ['--home', '/data'] });
});

test('starts an AppImage by its own file, because its mount is gone by then', () => {
  const env = { APPIMAGE: '/home/ada/Millrace.AppImage' };
  expect(relaunchOptions(env, ['/tmp/.mount_Millra/millrace'])).toEqual({
    args: [],
    execPath: '/home/ada/Millrace.AppImage',
  });
});
