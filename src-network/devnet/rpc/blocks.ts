import type { Block } from '../node/block.ts';
import type { DevnetNode } from '../node/devnet-node.ts';
import { State } from '../runtime/state.ts';
import { digest } from '../runtime/system-types.ts';
import { hex, optionalHex } from './params.ts';
import { RPC_CODES, RpcError } from './rpc-error.ts';

/** As nodes write headers in JSON. */
export const headerJson = ({ header: { parentHash, number, stateRoot, extrinsicsRoot, digest: items } }: Block) => ({
  parentHash: hex(parentHash),
  number: `0x${number.toString(16)}`,
  stateRoot: hex(stateRoot),
  extrinsicsRoot: hex(extrinsicsRoot),
  digest: { logs: digestLogs(digest.codec.enc(items)) },
});

/** Each as its own bytes; blocks of this chain have none. */
const digestLogs = (encoded: Uint8Array): readonly string[] => (encoded.length > 1 ? [hex(encoded.slice(1))] : []);

/** The block of this hash, or the newest. @throws RpcError */
export function blockAt(node: DevnetNode, at: unknown): Block {
  const hash = optionalHex(at, 'The block hash');
  if (hash === null) return node.head;
  const block = node.block(hash);
  if (block === null) throw new RpcError(RPC_CODES.unknownBlock, `There is no block 0x${hash}, or it is too old`);
  return block;
}

/** The state after the block of this hash, or after the newest. @throws RpcError */
export function stateAt(node: DevnetNode, at: unknown): State {
  const state = node.state(blockAt(node, at).hash);
  if (state === null) throw new RpcError(RPC_CODES.unknownBlock, 'The state of that block is forgotten');
  return new State(state);
}
