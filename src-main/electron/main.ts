import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { app, dialog } from 'electron';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { createHome, defaultHome } from '#main/core/home.ts';
import { registerAppScheme } from './app-protocol.ts';
import { parseCommandLine } from './command-line.ts';
import { runDesktop } from './desktop.ts';
import { stderrLog } from './stderr-log.ts';

/** Entry of the desktop app (dist/main.js): what must happen before Electron is ready. */
const log = stderrLog();

function fail(error: unknown): void {
  const isExpected = error instanceof MillraceError;
  log('error', !isExpected && error instanceof Error ? (error.stack ?? error.message) : errorMessage(error));
  // Not awaited: in an ES module's top level Electron would never become ready.
  void app.whenReady().then(() => {
    dialog.showErrorBox('Millrace cannot go on', errorMessage(error));
    app.exit(1);
  });
}

try {
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', (reason) => log('error', `Unhandled rejection: ${errorMessage(reason)}`));
  // As root Chromium starts only without its sandbox, which this call would switch on again.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  // A dashboard needs no GPU; training does.
  app.disableHardwareAcceleration();
  registerAppScheme();
  // The keychain files our entry under this name: with another one every sealed hotkey would stay shut.
  app.setName('millrace');

  const { home: wantedHome, hidden } = parseCommandLine(process.argv.slice(1));
  const home = wantedHome === null ? defaultHome(process.env, process.platform, homedir()) : resolve(wantedHome);
  // Chromium's own files. The single-instance lock lies there too, so it is one instance a home.
  const profile = join(home, 'electron');
  createHome(profile);
  app.setPath('userData', profile);

  if (app.requestSingleInstanceLock()) {
    const options = { home, folder: import.meta.dirname, hidden, log };
    app
      .whenReady()
      .then(() => runDesktop(options))
      .catch(fail);
  } else {
    log('info', 'Millrace is already running: its window was brought to the front.');
    app.exit(0);
  }
} catch (error) {
  fail(error);
}
