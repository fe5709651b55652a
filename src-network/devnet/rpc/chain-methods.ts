import type { DevnetNode } from '../node/devnet-node.ts';
import { blockAt, headerJson } from './blocks.ts';
import { hex, numberParam, optionalHex } from './params.ts';
import type { RpcCaller, RpcMethod, RpcMethods } from './rpc-method.ts';

const MOST_HASHES = 1000;

export function chainMethods(node: DevnetNode): RpcMethods {
  const hashOf = (number: unknown): string | null => {
    const hash = node.blockHash(numberParam(number, 'The block number'));
    return hash === null ? null : `0x${hash}`;
  };
  const getBlockHash: RpcMethod = ([number]) => {
    if (number === undefined || number === null) return `0x${node.head.hash}`;
    return Array.isArray(number) ? number.slice(0, MOST_HASHES).map(hashOf) : hashOf(number);
  };
  const getFinalizedHead: RpcMethod = () => `0x${node.finalized.hash}`;
  const newHeads =
    (method: string): RpcMethod =>
    (_, caller: RpcCaller) =>
      caller.subscribe(method, (notify) => {
        notify(headerJson(node.head));
        return node.onBlock({ best: (block) => notify(headerJson(block)) });
      });
  const finalizedHeads: RpcMethod = (_, caller) =>
    caller.subscribe('chain_finalizedHead', (notify) => {
      notify(headerJson(node.finalized));
      return node.onBlock({ finalized: (block) => notify(headerJson(block)) });
    });
  const unsubscribe: RpcMethod = ([id], caller) => caller.unsubscribe(id);
  return {
    chain_getHeader: ([hash]) => {
      const known = optionalHex(hash, 'The block hash');
      if (known !== null && node.block(known) === null) return null;
      return headerJson(blockAt(node, hash));
    },
    chain_getBlock: ([hash]) => {
      const known = optionalHex(hash, 'The block hash');
      const block = known === null ? node.head : node.block(known);
      if (block === null) return null;
      return { block: { header: headerJson(block), extrinsics: block.extrinsics.map(hex) }, justifications: null };
    },
    chain_getBlockHash: getBlockHash,
    chain_getHead: getBlockHash,
    chain_getFinalizedHead: getFinalizedHead,
    chain_getFinalisedHead: getFinalizedHead,
    chain_subscribeNewHeads: newHeads('chain_newHead'),
    chain_subscribeNewHead: newHeads('chain_newHead'),
    chain_subscribeAllHeads: newHeads('chain_allHead'),
    chain_subscribeFinalizedHeads: finalizedHeads,
    chain_subscribeFinalisedHeads: finalizedHeads,
    chain_unsubscribeNewHeads: unsubscribe,
    chain_unsubscribeNewHead: unsubscribe,
    chain_unsubscribeAllHeads: unsubscribe,
    chain_unsubscribeFinalizedHeads: unsubscribe,
    chain_unsubscribeFinalisedHeads: unsubscribe,
  };
}
