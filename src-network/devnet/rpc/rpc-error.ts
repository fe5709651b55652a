/** Codes as Substrate nodes use them; clients and their users know these. */
export const RPC_CODES = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  busy: -32000,
  unknownBlock: 4003,
  invalidTransaction: 1010,
  poolFull: 1016,
  alreadyImported: 1013,
  tooLowPriority: 1014,
  badFormat: 1001,
  /** As jsonrpsee has it. */
  tooLong: -32008,
  /** Of chainHead_v1_*, as its specification numbers them. */
  tooManyFollows: -32800,
  notPinned: -32801,
  notWaiting: -32803,
  pinnedTwice: -32804,
} as const;

/** Answers a request with an error. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;
  readonly data: string | undefined;

  constructor(code: number, message: string, data?: string) {
    super(message);
    this.code = code;
    this.data = data;
  }
}
