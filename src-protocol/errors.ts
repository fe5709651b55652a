/** Stable codes: compare these, never class identity, because errors cross processes. */
export type ErrorCode =
  | 'PROTOCOL' // bytes or values from outside that break a format
  | 'TIMEOUT'
  | 'ABORTED'
  | 'CHAIN_UNREACHABLE'
  | 'CHAIN_REFUSED'
  | 'SIGNING_REFUSED' // by the owner, or by what keeps the key
  | 'PEER_UNREACHABLE'
  | 'BLOB_MISMATCH' // bytes whose hash is not the one asked for
  | 'BLOB_MISSING'
  | 'STORAGE' // the disk is full or cannot be written, or a store has used up its quota
  | 'DIVERGED' // own state root differs from the manifest's
  | 'SETTINGS'
  | 'DATABASE'
  | 'ALREADY_RUNNING'
  | 'PORT_IN_USE'
  | 'USAGE'
  | 'NOT_FOUND' // what was asked for by name or number does not exist
  | 'KEYS' // what was asked of a key cannot be done; the message says what to do instead
  | 'WRONG_PASSWORD'
  | 'WORKER_FAILED'
  | 'NO_RUN' // the subnet's owner has published no training run
  | 'ENGINE'
  | 'DEVICE_LOST' // the GPU that trained is gone
  | 'SHARD_TOO_LARGE'; // does not fit into the memory that is free

/** A failure nobody expected at the place where it happened. Expected outcomes are unions, not errors. */
export class MillraceError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'MillraceError';
    this.code = code;
  }
}

/** Something from a peer, a file or the chain that breaks the format; `message` names the field. */
export class ProtocolError extends MillraceError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('PROTOCOL', message, options);
    this.name = 'ProtocolError';
  }
}

/** The code of any thrown value, also of one that was rebuilt from a message of another process. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The words of any thrown value. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
