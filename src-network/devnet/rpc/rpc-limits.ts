import { MAX_EXTRINSIC_BYTES } from '../runtime/extrinsic.ts';

/** What clients of the chain's server may cost. Times in milliseconds. */
export interface RpcLimits {
  readonly maxConnections: number;
  /** Of a request over HTTP, or of one message of a WebSocket. */
  readonly maxRequestBytes: number;
  /** From the connection or the last answer until the headers of a request are there. */
  readonly headersTimeoutMs: number;
  /** Until all of a request is there; also how long an answer over HTTP may wait for its reader. */
  readonly requestTimeoutMs: number;
  /** Requests of one connection over HTTP that may come before the answer to the first: node reads on without end. */
  readonly maxPipelined: number;
  /** Answers that a client has not read; one that is further behind is dropped. */
  readonly clientUnreadBytes: number;
  /** The same of all clients together: the one that is furthest behind is dropped. One answer may come on top. */
  readonly allUnreadBytes: number;
}

export const RPC_LIMITS: RpcLimits = {
  // Loopback has a few workers, a validator, an app; the rest is a leak or an attack.
  maxConnections: 256,
  // An extrinsic in hex, and what is around it.
  maxRequestBytes: 2 * MAX_EXTRINSIC_BYTES + 64 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  maxPipelined: 16,
  clientUnreadBytes: 32 * 1024 * 1024,
  allUnreadBytes: 128 * 1024 * 1024,
};
