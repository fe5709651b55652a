import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { MAX_REQUEST_BYTES } from '#protocol/chain/wire.ts';
import { errorCode, MillraceError } from '#protocol/errors.ts';
import type { ChainNode } from './node.ts';
import { type RpcConnection, serveConnection } from './rpc-connection.ts';
import { chainHandlers } from './rpc-methods.ts';

const HOST = '127.0.0.1';
/** Loopback has a few workers, a validator, an app; the rest is a leak or an attack. */
const MAX_CONNECTIONS = 256;

export interface RpcServer {
  /** `ws://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the chain on the loopback interface.
 * @param port 0: any free port
 * @throws MillraceError PORT_IN_USE
 */
export async function startRpcServer(
  node: ChainNode,
  port: number,
  log: (message: string) => void,
): Promise<RpcServer> {
  const connections = new Set<RpcConnection>();
  const handlers = chainHandlers(node);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_REQUEST_BYTES, perMessageDeflate: false });
  const server = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain' }).end('This is a chain: connect by WebSocket.\n');
  });

  server.on('upgrade', (request, socket, head) => {
    // Node takes its own listener away at an upgrade; a client that resets must not end the chain.
    socket.on('error', () => socket.destroy());
    const reason = refusal(request, (server.address() as AddressInfo).port, connections.size);
    if (reason !== null) {
      log(`Refused a connection: ${reason}`);
      socket.end(`HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = serveConnection(webSocket, handlers, log);
      connections.add(connection);
      webSocket.on('close', () => connections.delete(connection));
    });
  });

  const stopBlocks = node.onBlock((block) => {
    for (const connection of connections) connection.sendBlock(block);
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: HOST, port }, () => {
      server.off('error', reject);
      server.on('error', (error) => log(`The chain's server: ${error.message}`));
      resolve();
    });
  }).catch((cause: unknown) => {
    stopBlocks();
    if (errorCode(cause) !== 'EADDRINUSE') throw cause;
    const words = `Port ${port} on ${HOST} is in use by another program. Stop it, or give the chain another port.`;
    throw new MillraceError('PORT_IN_USE', words, { cause });
  });

  return {
    url: `ws://${HOST}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        stopBlocks();
        for (const socket of sockets.clients) socket.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Web pages can reach the loopback interface too: a foreign `Host` is DNS rebinding, a foreign `Origin` is some page in the
 * owner's browser. Programs send no `Origin`.
 */
function refusal({ headers }: IncomingMessage, port: number, connections: number): string | null {
  if (headers.host !== `${HOST}:${port}` && headers.host !== `localhost:${port}`) return 'foreign Host';
  if (headers.origin !== undefined && !isLoopback(headers.origin)) return 'foreign Origin';
  return connections >= MAX_CONNECTIONS ? 'too many connections' : null;
}

function isLoopback(origin: string): boolean {
  const hostname = URL.canParse(origin) ? new URL(origin).hostname : '';
  return hostname === HOST || hostname === 'localhost';
}
