import type { RuntimeMethod } from '../metadata/runtime-api.ts';
import { concatBytes } from '#protocol/bytes.ts';
import { errorMessage } from '#protocol/errors.ts';
import { structCodec } from '../scale/composites.ts';
import { RUNTIME_APIS } from '../runtime-apis/apis.ts';
import type { DevnetNode } from '../node/devnet-node.ts';
import { blockHash } from '../pallets/system.ts';
import { hashOfHeader } from '../runtime/header.ts';
import { blockAt, stateAt } from './blocks.ts';
import { textOf } from './params.ts';
import { RPC_CODES, RpcError } from './rpc-error.ts';

const METHODS = new Map<string, RuntimeMethod>(
  RUNTIME_APIS.flatMap(({ name, methods }) =>
    Object.entries(methods).map(([method, definition]) => [`${name}_${method}`, definition] as const),
  ),
);

/** Runs a method of a runtime API: SCALE in, SCALE out. What it writes is forgotten. @throws RpcError */
export function callApi(node: DevnetNode, name: unknown, data: Uint8Array, at?: unknown): Uint8Array {
  const method = typeof name === 'string' ? METHODS.get(name) : undefined;
  if (method === undefined) {
    throw new RpcError(
      RPC_CODES.badFormat,
      `Exported method ${textOf(name).slice(0, 64)} is not found: this devnet does not have it`,
    );
  }
  const { header } = blockAt(node, at);
  const state = stateAt(node, at);
  // As in the block that would come next.
  state.set(blockHash, header.number, hashOfHeader(header));
  try {
    const inputs = structCodec(method.inputs).dec(concatBytes(data));
    return method.output.codec.enc(method.run({ rules: node.rules, state, nextBlock: header.number + 1 }, inputs));
  } catch (cause) {
    throw new RpcError(RPC_CODES.badFormat, `${textOf(name)}: ${errorMessage(cause)}`);
  }
}
