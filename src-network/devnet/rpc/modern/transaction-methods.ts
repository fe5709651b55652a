import type { DevnetNode } from '../../node/devnet-node.ts';
import type { Admission } from '../../node/transaction-pool.ts';
import { bytesParam, textOf } from '../params.ts';
import { RPC_CODES, RpcError } from '../rpc-error.ts';
import type { RpcCaller, RpcMethods } from '../rpc-method.ts';

/** Of one connection. */
const MAX_BROADCASTS = 64;

/** It can never be in a block, or is in one. */
const isOver = (admission: Admission): boolean =>
  admission.kind === 'refused' &&
  !['Future', 'Payment', 'Full', 'AlreadyImported', 'TooLowPriority'].includes(admission.reason);

/**
 * Sends a transaction and, while it may yet be valid, sends it again after each block until it is in one (JSON-RPC interface
 * specification, group transaction, version 1). How it fares the client sees in the blocks.
 */
export function transactionMethods(node: DevnetNode): RpcMethods {
  const running = new WeakMap<RpcCaller, Set<string>>();
  return {
    transaction_v1_broadcast: ([transaction], caller) => {
      const encoded = bytesParam(transaction, 'The transaction');
      const own = running.get(caller) ?? new Set<string>();
      if (own.size >= MAX_BROADCASTS) return null;
      running.set(caller, own);
      const begin = (): (() => void) => {
        const end = broadcast(node, encoded);
        return () => {
          end();
          own.delete(id);
        };
      };
      const id = caller.subscribe('transaction_v1_broadcast', begin, encoded.length);
      own.add(id);
      return id;
    },
    transaction_v1_stop: ([id], caller) => {
      if (running.get(caller)?.has(textOf(id)) !== true)
        throw new RpcError(RPC_CODES.invalidParams, 'There is no such broadcast');
      caller.unsubscribe(id);
      return null;
    },
  };
}

/** Returns the function that ends it. */
function broadcast(node: DevnetNode, encoded: Uint8Array): () => void {
  let isIncluded = false;
  const send = (): boolean => {
    try {
      const admission = node.submit(encoded, ({ kind }) => {
        if (kind === 'inBlock') isIncluded = true;
      });
      return !isOver(admission);
    } catch {
      return false; // it is no transaction of this chain: the client sees that it is in no block
    }
  };
  if (!send()) return () => undefined;
  const unlisten = node.onBlock({
    best: () => {
      if (isIncluded || !send()) unlisten();
    },
  });
  return unlisten;
}
