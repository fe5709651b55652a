import type { DevnetNode } from '../node/devnet-node.ts';
import { authorMethods } from './author-methods.ts';
import { chainMethods } from './chain-methods.ts';
import { faucetMethods } from './faucet-methods.ts';
import { archiveMethods } from './modern/archive-methods.ts';
import { chainHeadMethods } from './modern/chain-head-methods.ts';
import { transactionMethods } from './modern/transaction-methods.ts';
import type { RpcMethods } from './rpc-method.ts';
import { stateMethods } from './state-methods.ts';
import { type ChainIdentity, systemMethods } from './system-methods.ts';

/** Everything that clients may call. */
export function rpcMethods(node: DevnetNode, identity: ChainIdentity): RpcMethods {
  const methods: RpcMethods = {
    ...chainMethods(node),
    ...stateMethods(node),
    ...authorMethods(node),
    ...systemMethods(node, identity),
    ...faucetMethods(node),
    ...chainHeadMethods(node),
    ...archiveMethods(node, identity.name),
    ...transactionMethods(node),
    rpc_methods: () => ({ methods: Object.keys(methods).toSorted() }),
  };
  return methods;
}
