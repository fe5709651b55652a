import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import { app, ipcMain, Menu, nativeTheme, safeStorage, session, shell, utilityProcess } from 'electron';
import { errorMessage } from '#protocol/errors.ts';
import { createApp, type App } from '#main/core/app.ts';
import { findTextPath } from '#main/core/dataset.ts';
import type { Log } from '#main/core/log.ts';
import { defaultWalletsFolder } from '#main/core/keys/wallets-folder.ts';
import { openStaticFiles } from '#main/core/static-files.ts';
import { serveApp } from './app-protocol.ts';
import { serveIpc } from './ipc.ts';
import { mayOpenLink } from './open-link.ts';
import { stopBeforeQuit } from './quit.ts';
import { relaunchOptions } from './relaunch.ts';
import { safeStorageBox } from './safe-storage.ts';
import { isTrustedSender } from './sender-check.ts';
import { guardContents, guardSession } from './session-guards.ts';
import { showTray } from './tray.ts';
import { isTrayVisible } from './tray-support.ts';
import { createUtilityProcessHost } from './utility-process-host.ts';
import { createMainWindow } from './window.ts';
import { windowStateFile } from './window-state-file.ts';

export interface DesktopOptions {
  /** Absolute. */
  readonly home: string;
  /** dist/ */
  readonly folder: string;
  readonly hidden: boolean;
  readonly log: Log;
}

/**
 * The app on a desktop: core, window and tray, from start to quit. Needs Electron to be ready.
 * @throws MillraceError of `App.start`
 */
export async function runDesktop({ home, folder, hidden, log }: DesktopOptions): Promise<void> {
  const allowDevTools = !app.isPackaged;
  const core = createApp({
    home,
    host: 'electron',
    version: app.getVersion(),
    processes: createUtilityProcessHost({
      fork: (path, args, options) => utilityProcess.fork(path, args, options),
      killPid: (pid, signal) => void process.kill(pid, signal),
      folder,
      env: process.env,
      log,
    }),
    nowMs: () => Date.now(),
    cores: availableParallelism(),
    log,
    textPath: findTextPath(),
    extensionPage: join(folder, 'extension-page'),
    openUrl: openInBrowser,
    restart: () => {
      app.relaunch(relaunchOptions(process.env, process.argv));
      app.quit();
    },
    secretBox: () => safeStorageBox(safeStorage, process.platform),
    walletsFolder: defaultWalletsFolder(homedir()),
  });

  function openInBrowser(url: string): void {
    shell.openExternal(url).catch((error: unknown) => log('warning', `The browser: ${errorMessage(error)}`));
  }

  const window = createMainWindow({
    preload: join(folder, 'preload.cjs'),
    icon: join(folder, 'renderer/assets/icon-256.png'),
    allowDevTools,
    stateFile: windowStateFile(home, (error) => log('warning', `The window's place: ${errorMessage(error)}`)),
    log,
    onClose: () => void closeWindow(),
  });

  async function closeWindow(): Promise<void> {
    const keepRunning = core.store.get().settings.closeToTray && (await isTrayVisible(process.platform, process.env));
    // A window that hides where no tray is would be lost.
    if (keepRunning) window.hide();
    else app.quit();
  }

  guardSession(session.defaultSession, { log, allowDevTools });
  guardContents(app, {
    log,
    openLink: (url) => {
      const isAllowed = mayOpenLink(url, core.store.get().extension);
      if (isAllowed) openInBrowser(url);
      return isAllowed;
    },
  });
  serveApp(openStaticFiles(join(folder, 'renderer')));
  serveIpc({ ipc: ipcMain, core, isTrusted: (event) => isTrustedSender(event, window.current()), log });
  // The default menu would bring shortcuts for reloading and zooming; macOS needs one for copy and quit.
  if (process.platform !== 'darwin') Menu.setApplicationMenu(null);

  await core.start();
  followTheme(core);
  const removeTray = showTray({
    core,
    icons: join(folder, 'renderer/assets/tray'),
    log,
    onOpen: () => window.show(),
    onQuit: () => app.quit(),
  });
  stopBeforeQuit(async () => {
    // Gone at once for the owner; what runs behind it ends in its own time.
    window.destroy();
    removeTray();
    await core.stop();
  });
  app.on('second-instance', () => window.show());
  app.on('activate', () => window.show());
  if (!hidden || !(await isTrayVisible(process.platform, process.env))) window.show();
}

/** Window frame, menus and the page's `prefers-color-scheme` follow the owner's choice. */
function followTheme({ store }: App): void {
  store.subscribe(() => {
    const { theme } = store.get().settings;
    if (nativeTheme.themeSource !== theme) nativeTheme.themeSource = theme;
  });
}
