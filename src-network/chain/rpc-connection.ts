import * as v from 'valibot';
import { WebSocket } from 'ws';
import type { BlockHeader } from '#protocol/chain/chain-client.ts';
import { chainMethods, isChainMethod, NEW_BLOCK, RPC_ERRORS, toWireJson } from '#protocol/chain/wire.ts';
import { errorMessage } from '#protocol/errors.ts';
import { failure, type RpcCaller, type RpcFailure, type RpcHandlers } from './rpc-methods.ts';

/** Requests of one client that wait for a block: more is a bug or an attack. */
const MAX_PENDING_REQUESTS = 128;
/** A client this far behind misses block notifications… */
const SKIP_BLOCKS_ABOVE_BYTES = 64 * 1024;
/** …and one this far behind is dropped: its unread answers would fill our memory. */
const DROP_ABOVE_BYTES = 16 * 1024 * 1024;

const requestSchema = v.object({
  jsonrpc: v.literal('2.0'),
  /** Absent: a notification, which gets no answer. */
  id: v.optional(v.union([v.pipe(v.string(), v.maxLength(64)), v.number(), v.null()])),
  method: v.pipe(v.string(), v.maxLength(64)),
  params: v.optional(v.record(v.string(), v.unknown()), {}),
});
type RequestId = string | number | null;

export interface RpcConnection {
  sendBlock(block: BlockHeader): void;
}

/** Serves one client until its socket closes. */
export function serveConnection(
  socket: WebSocket,
  handlers: RpcHandlers,
  log: (message: string) => void,
): RpcConnection {
  let subscribed = false;
  let pending = 0;

  const send = (message: unknown): void => {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > DROP_ABOVE_BYTES) {
      log('Dropped a client that does not read its answers');
      socket.terminate();
      return;
    }
    socket.send(toWireJson(message));
  };
  const fail = (id: RequestId, { code, message }: RpcFailure): void =>
    send({ jsonrpc: '2.0', id, error: { code, message } });

  const answer = async (id: RequestId | undefined, method: string, params: unknown): Promise<void> => {
    const result = await call(handlers, { subscribeBlocks: () => void (subscribed = true) }, method, params);
    if (id === undefined) return;
    if (isFailure(result)) fail(id, result);
    else send({ jsonrpc: '2.0', id, result });
  };

  socket.on('message', (data, isBinary) => {
    const request = isBinary ? failure(RPC_ERRORS.invalidRequest, 'Send text, not binary') : readRequest(data);
    if (isFailure(request)) {
      fail(null, request);
      return;
    }
    const { id, method, params } = request;
    if (pending >= MAX_PENDING_REQUESTS) {
      fail(id ?? null, failure(RPC_ERRORS.busy, `More than ${MAX_PENDING_REQUESTS} requests wait`));
      return;
    }
    pending += 1;
    answer(id, method, params)
      .catch((error: unknown) => {
        log(`${method} failed: ${errorMessage(error)}`);
        if (id !== undefined) fail(id, failure(RPC_ERRORS.internal, 'Internal error'));
      })
      .finally(() => void (pending -= 1));
  });
  socket.on('error', (error) => log(`A client broke the protocol: ${error.message}`)); // ws closes it itself

  return {
    sendBlock(block) {
      if (!subscribed || socket.bufferedAmount > SKIP_BLOCKS_ABOVE_BYTES) return;
      send({ jsonrpc: '2.0', method: NEW_BLOCK, params: block });
    },
  };
}

function readRequest(data: WebSocket.RawData): v.InferOutput<typeof requestSchema> | RpcFailure {
  let json: unknown;
  try {
    // RawData is a Buffer for a server with the default binaryType.
    json = JSON.parse((data as Buffer).toString('utf8'));
  } catch {
    return failure(RPC_ERRORS.parse, 'Not JSON');
  }
  const request = v.safeParse(requestSchema, json);
  return request.success ? request.output : failure(RPC_ERRORS.invalidRequest, describe(request.issues[0]));
}

function call(handlers: RpcHandlers, caller: RpcCaller, method: string, params: unknown): unknown {
  if (!isChainMethod(method)) return failure(RPC_ERRORS.methodNotFound, `There is no method ${method}`);
  const checked = v.safeParse(chainMethods[method].params, params);
  if (!checked.success) return failure(RPC_ERRORS.invalidParams, describe(checked.issues[0]));
  // The schema of this very method made these parameters; TypeScript cannot follow the pair through the union.
  const handler = handlers[method] as (params: unknown, caller: RpcCaller) => unknown;
  return handler(checked.output, caller);
}

const describe = (issue: v.BaseIssue<unknown>): string => `${v.getDotPath(issue) ?? 'request'}: ${issue.message}`;

const isFailure = (value: unknown): value is RpcFailure =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'failure';
