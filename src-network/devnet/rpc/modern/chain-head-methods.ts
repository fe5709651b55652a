import type { DevnetNode } from '../../node/devnet-node.ts';
import { bytesParam, hashParam, listParam, textOf } from '../params.ts';
import { RPC_CODES, RpcError } from '../rpc-error.ts';
import type { RpcCaller, RpcMethods } from '../rpc-method.ts';
import { Follow, LIMIT_REACHED } from './follow.ts';
import { storageQueries } from './storage-items.ts';

/** Of one connection; the specification asks for two at least. */
const MAX_FOLLOWS = 4;
const MOST_UNPINNED = 1024;

/**
 * How newer clients follow the chain (JSON-RPC interface specification, group chainHead, version 1). A follower that does not exist
 * (any more) is answered as the specification says: with `null` or with `limitReached`.
 */
export function chainHeadMethods(node: DevnetNode): RpcMethods {
  const followers = new WeakMap<RpcCaller, Map<string, Follow>>();
  const followOf = (caller: RpcCaller, id: unknown): Follow | undefined => followers.get(caller)?.get(textOf(id));
  return {
    chainHead_v1_follow: ([withRuntime], caller) => {
      const own = followers.get(caller) ?? new Map<string, Follow>();
      if (own.size >= MAX_FOLLOWS) throw new RpcError(RPC_CODES.tooManyFollows, `At most ${MAX_FOLLOWS} followers`);
      followers.set(caller, own);
      let follow: Follow | undefined;
      const id = caller.subscribe('chainHead_v1_followEvent', (notify) => {
        const begun = new Follow({ node, withRuntime: withRuntime === true, notify, onStop: () => end() });
        begun.begin();
        follow = begun;
        return () => {
          begun.end();
          own.delete(id);
        };
      });
      const end = (): void => void caller.unsubscribe(id);
      if (follow !== undefined) own.set(id, follow);
      return id;
    },
    chainHead_v1_unfollow: ([id], caller) => {
      if (followOf(caller, id) !== undefined) caller.unsubscribe(id);
      return null;
    },
    chainHead_v1_header: ([id, hash], caller) => followOf(caller, id)?.header(hashParam(hash)) ?? null,
    chainHead_v1_body: ([id, hash], caller) => followOf(caller, id)?.body(hashParam(hash)) ?? LIMIT_REACHED,
    chainHead_v1_call: ([id, hash, method, data], caller) =>
      followOf(caller, id)?.call(hashParam(hash), method, bytesParam(data, 'The parameters')) ?? LIMIT_REACHED,
    chainHead_v1_storage: ([id, hash, items, childTrie], caller) =>
      followOf(caller, id)?.storage(hashParam(hash), storageQueries(items, childTrie)) ?? LIMIT_REACHED,
    chainHead_v1_continue: ([id, operationId], caller) => {
      followOf(caller, id)?.continue(textOf(operationId));
      return null;
    },
    chainHead_v1_stopOperation: ([id, operationId], caller) => {
      followOf(caller, id)?.stopOperation(textOf(operationId));
      return null;
    },
    chainHead_v1_unpin: ([id, hashes], caller) => {
      const asked = Array.isArray(hashes) ? listParam(hashes, 'The blocks', MOST_UNPINNED) : [hashes];
      followOf(caller, id)?.unpin(asked.map(hashParam));
      return null;
    },
  };
}
