import { Blake2256 } from '@polkadot-api/substrate-bindings';
import { toHex } from '#protocol/bytes.ts';
import type { DevnetNode } from '../node/devnet-node.ts';
import { RUNTIME_VERSION } from '../runtime/version.ts';
import { blockAt, stateAt } from './blocks.ts';
import { callApi } from './call-api.ts';
import { bytesParam, hex, listParam, numberParam, optionalHex } from './params.ts';
import { RPC_CODES, RpcError } from './rpc-error.ts';
import type { RpcMethod, RpcMethods } from './rpc-method.ts';

const MOST_KEYS = 1000;
/** Blocks that one query of old values may go through. */
const MOST_BLOCKS = 256;

const versionJson = {
  ...RUNTIME_VERSION,
  stateVersion: RUNTIME_VERSION.systemVersion,
  apis: RUNTIME_VERSION.apis.map(([id, version]) => [hex(id), version]),
};

export function stateMethods(node: DevnetNode): RpcMethods {
  const valueOf = (key: unknown, at: unknown): Uint8Array | null =>
    stateAt(node, at).raw(toHex(bytesParam(key, 'The storage key')));
  const getStorage: RpcMethod = ([key, at]) => {
    const value = valueOf(key, at);
    return value === null ? null : hex(value);
  };
  const keysPaged: RpcMethod = ([prefix, count, startKey, at]) => {
    const most = numberParam(count, 'The number of keys');
    if (most > MOST_KEYS) throw new RpcError(RPC_CODES.invalidParams, `At most ${MOST_KEYS} keys at once`);
    const after = optionalHex(startKey, 'The key to start after') ?? '';
    const keys = stateAt(node, at).keys(optionalHex(prefix, 'The prefix') ?? '');
    return keys
      .filter((key) => key > after)
      .slice(0, most)
      .map((key) => `0x${key}`);
  };
  const changesAt = (keys: readonly unknown[], at: unknown) => {
    const { hash } = blockAt(node, at);
    return { block: `0x${hash}`, changes: keys.map((key) => [key, getStorage([key, `0x${hash}`], nobody)]) };
  };
  const runtimeVersion: RpcMethod = ([at]) => {
    blockAt(node, at);
    return versionJson;
  };
  const subscribeVersion: RpcMethod = (_, caller) =>
    caller.subscribe('state_runtimeVersion', (notify) => {
      notify(versionJson);
      return () => undefined;
    });
  const unsubscribe: RpcMethod = ([id], caller) => caller.unsubscribe(id);
  return {
    state_getStorage: getStorage,
    state_getStorageAt: getStorage,
    state_getStorageSize: ([key, at]) => valueOf(key, at)?.length ?? null,
    state_getStorageHash: ([key, at]) => {
      const value = valueOf(key, at);
      return value === null ? null : hex(Blake2256(value));
    },
    state_getKeysPaged: keysPaged,
    state_getKeysPagedAt: keysPaged,
    state_getMetadata: ([at]) => {
      blockAt(node, at);
      return hex(node.rules.runtime.metadata[14]);
    },
    state_getRuntimeVersion: runtimeVersion,
    chain_getRuntimeVersion: runtimeVersion,
    state_call: ([name, data, at]) => hex(callApi(node, name, bytesParam(data, 'The data'), at)),
    state_queryStorageAt: ([keys, at]) => [changesAt(listParam(keys, 'The keys', MOST_KEYS), at)],
    state_queryStorage: ([keys, from, to]) => {
      const asked = listParam(keys, 'The keys', MOST_KEYS);
      const [first, last] = [blockAt(node, from).header.number, blockAt(node, to).header.number];
      if (last - first >= MOST_BLOCKS)
        throw new RpcError(RPC_CODES.invalidParams, `At most ${MOST_BLOCKS} blocks at once`);
      return Array.from({ length: Math.max(0, last - first + 1) }, (__, i) =>
        changesAt(asked, `0x${node.blockHash(first + i) ?? ''}`),
      );
    },
    state_subscribeStorage: ([keys], caller) => {
      const asked = [...new Set(listParam(keys ?? [], 'The keys', MOST_KEYS))];
      const keyOf = new Map(asked.map((key) => [key, toHex(bytesParam(key, 'A storage key'))]));
      return caller.subscribe('state_storage', (notify) => {
        notify(changesAt(asked, undefined));
        return node.onBlock({
          best: ({ hash, changedKeys }) => {
            const changed = asked.filter((key) => changedKeys.has(keyOf.get(key) ?? ''));
            if (changed.length > 0) notify(changesAt(changed, `0x${hash}`));
          },
        });
      });
    },
    state_unsubscribeStorage: unsubscribe,
    state_subscribeRuntimeVersion: subscribeVersion,
    chain_subscribeRuntimeVersion: subscribeVersion,
    state_unsubscribeRuntimeVersion: unsubscribe,
    chain_unsubscribeRuntimeVersion: unsubscribe,
  };
}

const nobody = { subscribe: () => '', unsubscribe: () => false };
