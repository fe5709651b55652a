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
/** Blocks that one query of old values may go through, and values that it may read there. */
const MOST_BLOCKS = 256;
const MOST_VALUES = 10_000;
/** Of the values in one answer, in hex: the whole answer may not be longer. */
const MOST_CHARACTERS = 32 * 1024 * 1024;

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
  /** The values of some keys in one block after another; what would be too long is not put together first. */
  const changesReader = () => {
    let left = MOST_CHARACTERS;
    return (keys: readonly string[], at: unknown) => {
      const { hash } = blockAt(node, at);
      const state = stateAt(node, `0x${hash}`);
      const changes = keys.map((key) => {
        const value = state.raw(key);
        left -= key.length + 2 * (value?.length ?? 0);
        if (left < 0) throw new RpcError(RPC_CODES.tooLong, 'The values are too long for one answer');
        return [`0x${key}`, value === null ? null : hex(value)];
      });
      return { block: `0x${hash}`, changes };
    };
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
    state_queryStorageAt: ([keys, at]) => [changesReader()(keysParam(keys), at)],
    state_queryStorage: ([keys, from, to]) => {
      const asked = keysParam(keys);
      const [first, last] = [blockAt(node, from).header.number, blockAt(node, to).header.number];
      if (last - first >= MOST_BLOCKS)
        throw new RpcError(RPC_CODES.invalidParams, `At most ${MOST_BLOCKS} blocks at once`);
      const blocks = Math.max(0, last - first + 1);
      if (asked.length * blocks > MOST_VALUES)
        throw new RpcError(RPC_CODES.invalidParams, `At most ${MOST_VALUES} values at once`);
      const changesAt = changesReader();
      return Array.from({ length: blocks }, (__, i) => changesAt(asked, `0x${node.blockHash(first + i) ?? ''}`));
    },
    state_subscribeStorage: ([keys], caller) => {
      const asked = keysParam(keys ?? []);
      const begin = (notify: (result: unknown) => void): (() => void) => {
        notify(changesReader()(asked, undefined));
        return node.onBlock({
          best: ({ hash, changedKeys }) => {
            const changed = asked.filter((key) => changedKeys.has(key));
            if (changed.length > 0) notify(changesReader()(changed, `0x${hash}`));
          },
        });
      };
      return caller.subscribe(
        'state_storage',
        begin,
        asked.reduce((sum, key) => sum + key.length, 0),
      );
    },
    state_unsubscribeStorage: unsubscribe,
    state_subscribeRuntimeVersion: subscribeVersion,
    chain_subscribeRuntimeVersion: subscribeVersion,
    state_unsubscribeRuntimeVersion: unsubscribe,
    chain_unsubscribeRuntimeVersion: unsubscribe,
  };
}

/** In lower case and without 0x, each once. @throws RpcError */
const keysParam = (keys: unknown): readonly string[] => [
  ...new Set(listParam(keys, 'The keys', MOST_KEYS).map((key) => toHex(bytesParam(key, 'A storage key')))),
];
