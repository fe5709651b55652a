import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isTrayVisible } from '#main/electron/tray-support.ts';
import { temporaryHome } from '../temporary-home.ts';

/** A PATH on which only these programs lie. */
function pathWith(programs: Readonly<Record<string, string>>): string {
  const folder = temporaryHome();
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return folder;
}

const bus = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' };

test.each(['win32', 'darwin'] as const)('%s always has a place for the icon', async (platform) => {
  expect(await isTrayVisible(platform, {})).toBe(true);
});

describe.skipIf(process.platform === 'win32')('on Linux', () => {
  test('there is a tray when the bus knows its watcher', async () => {
    const PATH = pathWith({ 'dbus-send': 'echo "   boolean true"' });
    expect(await isTrayVisible('linux', { ...bus, PATH })).toBe(true);
  });

  test('there is none when the bus does not know it', async () => {
    const PATH = pathWith({ 'dbus-send': 'echo "   boolean false"', gdbus: 'echo "(true,)"' });
    expect(await isTrayVisible('linux', { ...bus, PATH })).toBe(false);
  });

  test('asks by the second tool when the first is missing', async () => {
    expect(await isTrayVisible('linux', { ...bus, PATH: pathWith({ gdbus: 'echo "(true,)"' }) })).toBe(true);
  });

  test('there is none when no tool can answer', async () => {
    expect(await isTrayVisible('linux', { ...bus, PATH: pathWith({ gdbus: 'exit 1' }) })).toBe(false);
  });

  test('there is none without a session bus, and none is started to ask', async () => {
    const PATH = pathWith({ 'dbus-send': 'echo "boolean true"' });
    expect(await isTrayVisible('linux', { PATH })).toBe(false);
    expect(await isTrayVisible('linux', { PATH, XDG_RUNTIME_DIR: temporaryHome() })).toBe(false);
  });
});
