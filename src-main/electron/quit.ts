import { app, powerMonitor } from 'electron';

/** Core's own limits add up to less; past this, something hangs and the processes end with us anyway. */
const STOP_TIMEOUT_MS = 10_000;

/**
 * Lets `stop` finish before the app ends, whichever way the end comes: the menu, the tray, Ctrl-C, SIGTERM or a shutdown of the system.
 * @param stop never rejects; called once
 */
export function stopBeforeQuit(stop: () => Promise<void>): void {
  let isStopping = false;
  app.on('before-quit', (event) => {
    event.preventDefault();
    if (isStopping) return;
    isStopping = true;
    const timer = setTimeout(() => app.exit(1), STOP_TIMEOUT_MS);
    void stop().then(() => {
      clearTimeout(timer);
      app.exit(0);
    });
  });
  // Without a listener, Electron quits with the last window.
  app.on('window-all-closed', () => undefined);
  // Linux and macOS wait for us; on Windows Electron itself quits when the session ends.
  powerMonitor.on('shutdown', (event?: { preventDefault(): void }) => {
    event?.preventDefault();
    app.quit();
  });
}
