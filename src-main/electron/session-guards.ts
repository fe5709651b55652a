import type { App as ElectronApp, Session, WebContents } from 'electron';
import type { Log } from '#main/core/log.ts';
import { APP_URL, isAppUrl } from './app-url.ts';

export interface GuardOptions {
  readonly log: Log;
  /** The developer tools load their own pages; a packaged app has none. */
  readonly allowDevTools: boolean;
}

/** The page may load our own files and nothing else: no network, no permission, no download but of its own tables, no dictionary from a server. */
export function guardSession(session: Session, { log, allowDevTools }: GuardOptions): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => {
    log('warning', `The page was denied the permission ${permission}`);
    answer(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event, item) => {
    // A table that the page made itself; the owner says in the system's dialog where it goes.
    if (item.getURL().startsWith(`blob:${APP_URL}`) && item.getMimeType().startsWith('text/csv')) return;
    event.preventDefault();
  });
  session.setSpellCheckerEnabled(false);
  session.webRequest.onBeforeRequest(({ url }, answer) => {
    const isAllowed = isAppUrl(url) || (allowDevTools && url.startsWith('devtools://'));
    if (!isAllowed) log('warning', `The page was denied a request to ${url.slice(0, 200)}`);
    answer({ cancel: !isAllowed });
  });
}

export interface ContentsGuardOptions {
  readonly log: Log;
  /** Opens a link in the system's browser, when it is one that the page may open. Nothing else opens. */
  readonly openLink: (url: string) => boolean;
}

/** Every page stays where it is: no navigation, no second window, no embedded page. */
export function guardContents(app: ElectronApp, options: ContentsGuardOptions): void {
  app.on('web-contents-created', (_event, contents) => guard(contents, options));
}

function guard(contents: WebContents, { log, openLink }: ContentsGuardOptions): void {
  const deny = (event: { preventDefault(): void; readonly url: string }): void => {
    log('warning', `The page was denied a navigation to ${event.url.slice(0, 200)}`);
    event.preventDefault();
  };
  contents.on('will-navigate', deny);
  contents.on('will-frame-navigate', deny);
  contents.on('will-redirect', deny);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    if (!openLink(url)) log('warning', `The page was denied a window for ${url.slice(0, 200)}`);
    return { action: 'deny' };
  });
}
