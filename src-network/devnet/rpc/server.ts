import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { errorCode, MillraceError } from '#protocol/errors.ts';
import { RpcConnection } from './connection.ts';
import { httpRequests } from './http-requests.ts';
import { RPC_LIMITS, type RpcLimits } from './rpc-limits.ts';
import type { RpcMethods } from './rpc-method.ts';
import { UnreadBudget } from './unread-budget.ts';

const HOST = '127.0.0.1';
/** How often node looks for requests that take too long, unless their limit is shorter. */
const CHECK_EVERY_MS = 5_000;

export interface RpcServer {
  /** `ws://127.0.0.1:PORT`; the same port answers HTTP. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

export interface RpcServerOptions {
  readonly methods: RpcMethods;
  /** 0: any free port. */
  readonly port: number;
  readonly log: (message: string) => void;
  readonly limits?: Partial<RpcLimits>;
}

/** Serves JSON-RPC over WebSocket and HTTP on the loopback interface. @throws MillraceError PORT_IN_USE */
export async function startRpcServer({ methods, port, log, limits: wished }: RpcServerOptions): Promise<RpcServer> {
  const limits = { ...RPC_LIMITS, ...wished };
  const unread = new UnreadBudget(limits, log);
  const sockets = new WebSocketServer({
    ...{ noServer: true, maxPayload: limits.maxRequestBytes, perMessageDeflate: false },
  });
  const answerHttp = httpRequests({ methods, limits, unread, log });
  const timeouts = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, limits.headersTimeoutMs, limits.requestTimeoutMs),
  };
  const server = createServer(timeouts, (request, response) => {
    const reason = refusal(request, portOf());
    if (reason === null) answerHttp(request, response);
    else refuse(response, reason);
  });
  const portOf = (): number => (server.address() as AddressInfo).port;
  server.on('connection', (socket) => unread.watch(socket));
  server.on('upgrade', (request, socket, head) => {
    // Node takes its own listener away at an upgrade; a client that resets must not end the chain.
    socket.on('error', () => socket.destroy());
    const reason = refusal(request, portOf());
    if (reason === null) {
      const send = (client: WebSocket, text: string): void => {
        if (client.readyState === WebSocket.OPEN && unread.allows(socket)) client.send(text);
      };
      sockets.handleUpgrade(request, socket, head, (client) => serve(client, { methods, log, send }));
      return;
    }
    log(`Refused a connection: ${reason}`);
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  server.maxConnections = limits.maxConnections; // WebSockets count too
  server.timeout = limits.requestTimeoutMs; // of an answer that nobody reads; ws takes it away from WebSockets
  await listen(server, port);
  server.on('error', (error) => log(`The chain's server: ${error.message}`));
  return {
    url: `ws://${HOST}:${portOf()}`,
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Served {
  readonly methods: RpcMethods;
  readonly log: (message: string) => void;
  readonly send: (client: WebSocket, text: string) => void;
}

function serve(client: WebSocket, { methods, log, send }: Served): void {
  const answer = (text: string): void => send(client, text);
  const connection = new RpcConnection({ methods, send: answer, canSubscribe: true, log });
  client.on('message', (data) => {
    // RawData is a Buffer for a server with the default binaryType.
    const text = connection.receive((data as Buffer).toString('utf8'));
    if (text !== null) answer(text);
  });
  client.on('close', () => connection.close());
  client.on('error', (error) => log(`A client broke the protocol: ${error.message}`)); // ws closes it itself
}

const refuse = (response: ServerResponse, reason: string): void =>
  void response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' }).end(`Refused: ${reason}\n`);

/**
 * Web pages can reach the loopback interface too: a foreign `Host` is DNS rebinding, a foreign `Origin` is some page in the
 * owner's browser. Programs send no `Origin`.
 */
function refusal({ headers }: IncomingMessage, port: number): string | null {
  if (headers.host !== `${HOST}:${port}` && headers.host !== `localhost:${port}`) return 'foreign Host';
  if (headers.origin !== undefined && !isLoopback(headers.origin)) return 'foreign Origin';
  return null;
}

function isLoopback(origin: string): boolean {
  const hostname = URL.canParse(origin) ? new URL(origin).hostname : '';
  return hostname === HOST || hostname === 'localhost';
}

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: HOST, port }, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((cause: unknown) => {
    if (errorCode(cause) !== 'EADDRINUSE') throw cause;
    const words = `Port ${port} on ${HOST} is in use by another program. Stop it, or give the chain another port.`;
    throw new MillraceError('PORT_IN_USE', words, { cause });
  });
}
