import { createServer, type ServerResponse } from 'node:http';
import type {
  AnswerMessage,
  FoundMessage,
  PageEvent,
  PageMetadata,
  PageTask,
} from '#protocol/contract/extension-page.ts';
import { errorMessage } from '#protocol/errors.ts';
import { listenOnLoopback } from '../loopback/listen.ts';
import { createSessions } from '../loopback/sessions.ts';
import type { Log } from '../log.ts';
import { openStaticFiles } from '../static-files.ts';
import { createPageRequests } from './page-requests.ts';

export interface PageServerOptions {
  readonly port: number;
  /** Of the built page. */
  readonly folder: string;
  readonly task: PageTask;
  readonly metadata: PageMetadata | null;
  readonly onFound: (message: FoundMessage) => void;
  /** `false`: it was answered before. */
  readonly onAnswer: (message: AnswerMessage) => boolean;
  /** A link was used up and no page is there yet, or its tab was closed: a fresh link may be needed. */
  readonly onAway: () => void;
  readonly log: Log;
}

export interface PageServer {
  /** A fresh address that opens the page once. */
  mintUrl(): string;
  /** Tells the open page why it is over, and lets it go. */
  close(end: Extract<PageEvent, { readonly kind: 'ended' }>['end']): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 32;
/** For what is being answered; browsers also hold connections that they never use. */
const CLOSING_MS = 250;

/** Serves the page of one task. @throws MillraceError PORT_IN_USE, or the system's error */
export async function openPageServer(options: PageServerOptions): Promise<PageServer> {
  const { task, metadata, log } = options;
  const sessions = createSessions();
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS });
  server.maxConnections = MAX_CONNECTIONS;
  const port = await listenOnLoopback(server, options.port);
  /** Of the one open tab. */
  let watcher: ServerResponse | null = null;
  let isClosing = false;

  const watch = (response: ServerResponse): void => {
    const earlier = watcher;
    watcher = response;
    if (earlier !== null) endWith(earlier, { kind: 'moved' });
    response.on('close', () => {
      if (watcher !== response) return;
      watcher = null;
      if (!isClosing) options.onAway();
    });
  };

  const handle = createPageRequests({
    ...{ port, sessions, files: openStaticFiles(options.folder) },
    desk: { task, metadata, found: options.onFound, answered: options.onAnswer, opened: options.onAway, watch },
  });
  server.on('request', (request, response) => {
    handle(request, response).catch((error: unknown) => {
      // Also a page that went away in the middle of a request.
      if (!request.destroyed) log('warning', `The signing page: ${errorMessage(error)}`);
      response.destroy();
    });
    // What is answered while it closes must not be kept open for more.
    response.on('close', () => {
      if (isClosing) setImmediate(() => server.closeIdleConnections());
    });
  });

  return {
    mintUrl: () => `http://127.0.0.1:${port}/?token=${sessions.mintToken()}`,
    close: async (end) => {
      isClosing = true;
      const closed = new Promise((resolve) => server.close(resolve));
      if (watcher !== null) endWith(watcher, { kind: 'ended', end });
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), CLOSING_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

function endWith(response: ServerResponse, event: PageEvent): void {
  response.end(`${JSON.stringify(event)}\n`);
}
