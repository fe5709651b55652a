import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { MAX_CLIENT_MESSAGE_BYTES } from '#protocol/contract/commands.ts';
import { errorMessage } from '#protocol/errors.ts';
import type { Log } from '#main/core/log.ts';
import { listenOnLoopback } from '#main/core/loopback/listen.ts';
import { serveClient, type ClientOptions } from './client-socket.ts';
import { isOwnHost, isOwnOrigin } from '#main/core/loopback/http-guards.ts';
import { dashboardUrl, handleHttp, hasSession, type HttpOptions } from './http-handler.ts';
import { createSessions, randomSecret } from '#main/core/loopback/sessions.ts';
import { openStaticFiles } from '#main/core/static-files.ts';

export interface DashboardOptions extends ClientOptions {
  /** 0: any free port. */
  readonly port: number;
  /** The built renderer. */
  readonly folder: string;
  readonly log: Log;
}

export interface Dashboard {
  readonly port: number;
  /** Lets `millrace status` in. Never logged; kept in a file of mode 0600. */
  readonly ownerSecret: string;
  /** A fresh address that works once. */
  mintUrl(): string;
  close(): Promise<void>;
}

const WEBSOCKET_PATH = '/ws';
const MAX_CONNECTIONS = 64;
const MAX_CLIENTS = 16;
const REQUEST_TIMEOUT_MS = 10_000;
/** A browser that was unplugged never says goodbye. */
const HEARTBEAT_MS = 30_000;

/**
 * The dashboard on the loopback interface: the same renderer and contract as in the window.
 * @throws MillraceError PORT_IN_USE, or the system's error
 */
export async function openDashboard(options: DashboardOptions): Promise<Dashboard> {
  const sessions = createSessions();
  const ownerSecret = randomSecret();
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS });
  server.maxConnections = MAX_CONNECTIONS;
  const port = await listenOnLoopback(server, options.port);
  const files = openStaticFiles(options.folder);
  const http: HttpOptions = { port, sessions, files, ownerSecret, state: () => options.store.get() };

  server.on('request', (request, response) => {
    handleHttp(http, request, response).catch((error: unknown) => {
      options.log('warning', `Dashboard: ${errorMessage(error)}`);
      response.destroy();
    });
  });
  const sockets = openSockets(server, http, options);

  return {
    port,
    ownerSecret,
    mintUrl: () => dashboardUrl(port, sessions),
    close: async () => {
      sockets.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function openSockets(server: Server, http: HttpOptions, options: ClientOptions): { close(): void } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_CLIENT_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  const alive = new WeakSet<WebSocket>();

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refusal = upgradeRefusal(request, http, sockets.clients.size);
    if (refusal !== null) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      alive.add(client);
      client.on('pong', () => alive.add(client));
      serveClient(client, options);
    });
  });

  const heartbeat = setInterval(() => {
    for (const client of sockets.clients) {
      if (!alive.delete(client)) client.terminate();
      else client.ping();
    }
  }, HEARTBEAT_MS);

  return {
    close: () => {
      clearInterval(heartbeat);
      for (const client of sockets.clients) client.terminate();
      sockets.close();
    },
  };
}

/** Status line of a refusal, or `null` when the client may come in. */
function upgradeRefusal(request: IncomingMessage, http: HttpOptions, clients: number): string | null {
  if (!isOwnHost(request, http.port)) return '421 Misdirected Request';
  if (!isOwnOrigin(request, { required: true })) return '403 Forbidden';
  if (request.url !== WEBSOCKET_PATH) return '404 Not Found';
  if (!hasSession(request, http)) return '401 Unauthorized';
  return clients >= MAX_CLIENTS ? '503 Service Unavailable' : null;
}
