import { join } from 'node:path';
import { Menu, nativeImage, Tray } from 'electron';
import { errorMessage } from '#protocol/errors.ts';
import type { App } from '#main/core/app.ts';
import type { Log } from '#main/core/log.ts';
import { trayView, type TrayIcon, type TrayView } from './tray-view.ts';

export interface TrayOptions {
  readonly core: Pick<App, 'command' | 'store'>;
  /** Folder of `idle.png`, `idle@2x.png`, … */
  readonly icons: string;
  readonly log: Log;
  readonly onOpen: () => void;
  readonly onQuit: () => void;
}

/** The icon beside the clock: says by picture and words what the machine does. Returns the function that takes it away. */
export function showTray(options: TrayOptions): () => void {
  const { core, icons, log, onOpen } = options;
  let shown = '';
  let tray: Tray | null = null;

  const update = (): void => {
    const view = trayView(core.store.get());
    const text = JSON.stringify(view);
    // The state changes many times a second, the view rarely.
    if (text === shown) return;
    shown = text;
    const image = iconImage(icons, view.icon);
    if (tray === null) {
      tray = new Tray(image);
      // On macOS a click opens the menu.
      if (process.platform !== 'darwin') tray.on('click', onOpen);
    } else {
      tray.setImage(image);
    }
    tray.setToolTip(view.tooltip);
    tray.setContextMenu(menuOf(view, options));
  };

  try {
    update();
  } catch (error) {
    // A desktop without a tray: the window does everything that the icon does.
    log('warning', `There is no tray icon: ${errorMessage(error)}`);
    return () => undefined;
  }
  const unsubscribe = core.store.subscribe(update);
  return () => {
    unsubscribe();
    tray?.destroy();
  };
}

/** macOS wants a black stencil that it colours itself; Electron takes the `@2x` file beside it for sharp displays. */
function iconImage(folder: string, icon: TrayIcon): Electron.NativeImage {
  return nativeImage.createFromPath(
    join(folder, process.platform === 'darwin' ? `${icon}Template.png` : `${icon}.png`),
  );
}

function menuOf({ stateLine, action, actionLabel }: TrayView, { core, onOpen, onQuit }: TrayOptions): Electron.Menu {
  const act = (): void => {
    if (action !== 'none') void core.command(`work.${action}`, {});
  };
  return Menu.buildFromTemplate([
    { label: stateLine, enabled: false },
    { type: 'separator' },
    { label: actionLabel, enabled: action !== 'none', click: act },
    { label: 'Open Millrace', click: onOpen },
    { type: 'separator' },
    { label: 'Quit', click: onQuit },
  ]);
}
