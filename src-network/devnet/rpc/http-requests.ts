import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { RpcConnection } from './connection.ts';
import type { RpcLimits } from './rpc-limits.ts';
import type { RpcMethods } from './rpc-method.ts';
import type { UnreadBudget } from './unread-budget.ts';

interface HttpPorts {
  readonly methods: RpcMethods;
  readonly limits: RpcLimits;
  readonly unread: UnreadBudget;
  readonly log: (message: string) => void;
}

interface Line {
  /** Requests whose answer is not sent yet. */
  waiting: number;
  end: Promise<void>;
}

/**
 * Answers JSON-RPC over HTTP. Requests that one connection sends before it has the answer to the first are answered one
 * after another, each when the client has read the one before.
 */
export function httpRequests(ports: HttpPorts): (request: IncomingMessage, response: ServerResponse) => void {
  const lines = new WeakMap<Socket, Line>();
  return (request, response) => {
    const { socket } = request;
    const line = lines.get(socket) ?? { waiting: 0, end: Promise.resolve() };
    lines.set(socket, line);
    if (line.waiting >= ports.limits.maxPipelined) {
      ports.log('Dropped a client that sends requests and does not wait for answers');
      socket.destroy();
      return;
    }
    line.waiting += 1;
    line.end = line.end.then(async () => {
      await answer(ports, socket, request, response);
      line.waiting -= 1;
    });
  };
}

/** Ends when the client has the answer, or is gone. */
async function answer(
  { methods, limits, unread, log }: HttpPorts,
  socket: Socket,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST') {
    const words = 'POST a JSON-RPC request, or connect by WebSocket.\n';
    await sent(socket, response.writeHead(405, { 'content-type': 'text/plain', allow: 'POST' }), words);
    return;
  }
  const body = await bodyOf(request, limits.maxRequestBytes);
  if (body.kind === 'too long') {
    await sent(socket, response.writeHead(413, { connection: 'close' }));
  } else if (body.kind === 'whole' && unread.allows(socket)) {
    const connection = new RpcConnection({ methods, send: () => undefined, canSubscribe: false, log });
    const text = connection.receive(body.text);
    response.writeHead(text === null ? 204 : 200, { 'content-type': 'application/json' });
    await sent(socket, response, text ?? undefined);
  }
}

type Body = { readonly kind: 'too long' | 'client gone' } | { readonly kind: 'whole'; readonly text: string };

async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<Body> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    // Not destroyed after too much of it: the answer would go with it.
    for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > maxBytes) return { kind: 'too long' };
      parts.push(part);
    }
  } catch {
    return { kind: 'client gone' };
  }
  return { kind: 'whole', text: Buffer.concat(parts).toString('utf8') };
}

async function sent(socket: Socket, response: ServerResponse, text?: string): Promise<void> {
  if (socket.destroyed) return; // nothing would tell of it any more
  const closed = once(response, 'close');
  response.end(text);
  await closed;
}
