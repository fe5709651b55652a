import { isAppUrl } from './app-url.ts';

/** The parts of Electron's event and window that the check looks at. */
export interface SenderEvent {
  readonly sender: object;
  readonly senderFrame: { readonly url: string } | null;
}

export interface SenderWindow {
  readonly webContents: { readonly mainFrame: object };
}

/** Only the main frame of our own window, while it shows our own page, may speak to main. */
export function isTrustedSender({ sender, senderFrame }: SenderEvent, window: SenderWindow | null): boolean {
  return (
    window !== null &&
    sender === window.webContents &&
    // The frame is gone, or has navigated since it sent this.
    senderFrame !== null &&
    senderFrame === window.webContents.mainFrame &&
    isAppUrl(senderFrame.url)
  );
}
