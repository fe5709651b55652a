import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { errorCode, MillraceError } from '#protocol/errors.ts';
import { MAX_EXTRINSIC_BYTES } from '../runtime/extrinsic.ts';
import { RpcConnection } from './connection.ts';
import type { RpcMethods } from './rpc-method.ts';

const HOST = '127.0.0.1';
/** Loopback has a few workers, a validator, an app; the rest is a leak or an attack. */
const MAX_CONNECTIONS = 256;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** An extrinsic in hex, and what is around it. */
const MAX_REQUEST_BYTES = 2 * MAX_EXTRINSIC_BYTES + 64 * 1024;
/** A client this far behind is dropped: its unread answers would fill our memory. */
const DROP_ABOVE_BYTES = 32 * 1024 * 1024;

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
}

/** Serves JSON-RPC over WebSocket and HTTP on the loopback interface. @throws MillraceError PORT_IN_USE */
export async function startRpcServer({ methods, port, log }: RpcServerOptions): Promise<RpcServer> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_REQUEST_BYTES, perMessageDeflate: false });
  const server = createServer((request, response) => {
    const reason = refusal(request, portOf());
    if (reason === null) void answerHttp(methods, request, response, log);
    else refuse(response, reason);
  });
  const portOf = (): number => (server.address() as AddressInfo).port;
  server.on('upgrade', (request, socket, head) => {
    // Node takes its own listener away at an upgrade; a client that resets must not end the chain.
    socket.on('error', () => socket.destroy());
    const reason = sockets.clients.size >= MAX_CONNECTIONS ? 'too many connections' : refusal(request, portOf());
    if (reason === null) {
      sockets.handleUpgrade(request, socket, head, (client) => serve(client, methods, log));
      return;
    }
    log(`Refused a connection: ${reason}`);
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  // WebSockets count too; a client that sends slowly does not keep its place for long.
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
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

function serve(client: WebSocket, methods: RpcMethods, log: (message: string) => void): void {
  const send = (text: string): void => {
    if (client.readyState !== WebSocket.OPEN) return;
    if (client.bufferedAmount > DROP_ABOVE_BYTES) {
      log('Dropped a client that does not read its answers');
      client.terminate();
      return;
    }
    client.send(text);
  };
  const connection = new RpcConnection({ methods, send, canSubscribe: true, log });
  client.on('message', (data) => {
    // RawData is a Buffer for a server with the default binaryType.
    const answer = connection.receive((data as Buffer).toString('utf8'));
    if (answer !== null) send(answer);
  });
  client.on('close', () => connection.close());
  client.on('error', (error) => log(`A client broke the protocol: ${error.message}`)); // ws closes it itself
}

async function answerHttp(
  methods: RpcMethods,
  request: IncomingMessage,
  response: ServerResponse,
  log: (message: string) => void,
): Promise<void> {
  if (request.method !== 'POST') {
    response
      .writeHead(405, { 'content-type': 'text/plain', allow: 'POST' })
      .end('POST a JSON-RPC request, or connect by WebSocket.\n');
    return;
  }
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > MAX_REQUEST_BYTES) {
        response.writeHead(413, { connection: 'close' }).end();
        return;
      }
      parts.push(part);
    }
  } catch {
    return; // the client went away
  }
  const connection = new RpcConnection({ methods, send: () => undefined, canSubscribe: false, log });
  const answer = connection.receive(Buffer.concat(parts).toString('utf8'));
  response.writeHead(answer === null ? 204 : 200, { 'content-type': 'application/json' }).end(answer ?? undefined);
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
