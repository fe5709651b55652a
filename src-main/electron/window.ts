import { BrowserWindow, nativeTheme, screen } from 'electron';
import type { Log } from '#main/core/log.ts';
import { APP_URL } from './app-url.ts';
import { MIN_HEIGHT, MIN_WIDTH, restoreWindowState, type WindowState } from './window-state.ts';
import type { WindowStateFile } from './window-state-file.ts';

export interface MainWindowOptions {
  readonly preload: string;
  readonly icon: string;
  readonly allowDevTools: boolean;
  readonly stateFile: WindowStateFile;
  readonly log: Log;
  /** The owner wants the window gone. It stays until `hide` or `destroy`. */
  readonly onClose: () => void;
}

/** The one window; made when it is first shown. */
export interface MainWindow {
  /** `null` before the first `show` and after `destroy`. */
  current(): BrowserWindow | null;
  /** Brings it to the front. */
  show(): void;
  hide(): void;
  destroy(): void;
}

/** `--canvas` of the renderer's tokens.css: no white flash before its first picture. */
const canvas = (): string => (nativeTheme.shouldUseDarkColors ? '#0a1317' : '#f4f7f8');
/** A drag moves the window a hundred times; one write after it is enough. */
const SAVE_DELAY_MS = 500;
/** A page that dies more often than this has a cause that reloading does not mend. */
const MAX_RELOADS = 3;

export function createMainWindow(options: MainWindowOptions): MainWindow {
  const { stateFile, log } = options;
  let window: BrowserWindow | null = null;
  let saveTimer: NodeJS.Timeout | undefined;

  const save = (): void => {
    clearTimeout(saveTimer);
    if (window !== null && !window.isDestroyed()) stateFile.save(stateOf(window));
  };

  function open(): BrowserWindow {
    const workAreas = [screen.getPrimaryDisplay(), ...screen.getAllDisplays()].map(({ workArea }) => workArea);
    const state = restoreWindowState(stateFile.load(), workAreas);
    const opened = new BrowserWindow({
      ...appearance(options),
      ...state.position,
      width: state.width,
      height: state.height,
    });
    if (state.maximized) opened.maximize();
    for (const event of ['resize', 'move', 'maximize', 'unmaximize'] as const) {
      // The typings know one event name at a time.
      opened.on(event as 'move', () => {
        clearTimeout(saveTimer);
        saveTimer = setTimeout(save, SAVE_DELAY_MS);
      });
    }
    opened.on('close', (event) => {
      event.preventDefault();
      save();
      options.onClose();
    });
    const followTheme = (): void => opened.setBackgroundColor(canvas());
    nativeTheme.on('updated', followTheme);
    opened.on('closed', () => {
      nativeTheme.off('updated', followTheme);
      window = null;
    });
    opened.once('ready-to-show', () => opened.show());
    reviveRenderer(opened, log);
    void opened
      .loadURL(APP_URL)
      .catch((error: unknown) => log('error', `The window cannot be loaded: ${String(error)}`));
    return opened;
  }

  return {
    current: () => window,
    show: () => {
      if (window === null) {
        window = open();
        return;
      }
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
    },
    hide: () => {
      save();
      window?.hide();
    },
    destroy: () => {
      save();
      window?.destroy();
    },
  };
}

function appearance({ preload, icon, allowDevTools }: MainWindowOptions): Electron.BrowserWindowConstructorOptions {
  return {
    title: 'Millrace',
    icon,
    minWidth: MIN_WIDTH,
    minHeight: MIN_HEIGHT,
    show: false,
    backgroundColor: canvas(),
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      safeDialogs: true,
      devTools: allowDevTools,
    },
  };
}

function stateOf(window: BrowserWindow): WindowState {
  const { x, y, width, height } = window.getNormalBounds();
  return { position: { x, y }, width, height, maximized: window.isMaximized() };
}

function reviveRenderer(window: BrowserWindow, log: Log): void {
  let reloads = 0;
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return;
    log('error', `The window's process ended (${reason}, code ${exitCode})`);
    if (reloads === MAX_RELOADS) return;
    reloads += 1;
    window.webContents.reload();
  });
}
