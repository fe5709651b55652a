import { errorMessage } from '#protocol/errors.ts';
import type { DevnetNode } from '../../node/devnet-node.ts';
import { header } from '../../runtime/header.ts';
import { callApi } from '../call-api.ts';
import { bytesParam, hashParam, hex, numberParam } from '../params.ts';
import type { RpcMethod, RpcMethods } from '../rpc-method.ts';
import { storageItems, storageQueries } from './storage-items.ts';

/** Entries that one query may give: each is a message. */
const MOST_ITEMS = 10_000;

/** Blocks of any age, states of the newest (JSON-RPC interface specification, group archive, version 1), and what chain this is. */
export function archiveMethods(node: DevnetNode, chainName: string): RpcMethods {
  const genesisHash: RpcMethod = () => `0x${node.genesisHash}`;
  return {
    archive_v1_genesisHash: genesisHash,
    archive_v1_finalizedHeight: () => node.finalized.header.number,
    archive_v1_hashByHeight: ([height]) => {
      const hash = node.blockHash(numberParam(height, 'The height'));
      return hash === null ? [] : [`0x${hash}`];
    },
    archive_v1_header: ([hash]) => {
      const block = node.block(hashParam(hash));
      return block === null ? null : hex(header.codec.enc(block.header));
    },
    archive_v1_body: ([hash]) => node.block(hashParam(hash))?.extrinsics.map(hex) ?? null,
    archive_v1_call: ([hash, method, data]) => {
      const parameters = bytesParam(data, 'The parameters');
      if (node.block(hashParam(hash)) === null) return null;
      try {
        return { success: true, value: hex(callApi(node, method, parameters, hash)) };
      } catch (error) {
        return { success: false, error: errorMessage(error) };
      }
    },
    archive_v1_storage: ([hash, items, childTrie], caller) => {
      const state = node.state(hashParam(hash));
      const queries = storageQueries(items, childTrie);
      const id = caller.subscribe('archive_v1_storageEvent', (notify) => {
        if (state === null) {
          notify({ event: 'storageError', error: 'There is no such block, or its state is forgotten' });
          return () => undefined;
        }
        let left = MOST_ITEMS;
        for (const item of storageItems(state, queries)) {
          if (left === 0) {
            notify({ event: 'storageError', error: `More than ${MOST_ITEMS} entries` });
            return () => undefined;
          }
          left -= 1;
          notify({ event: 'storage', ...item });
        }
        notify({ event: 'storageDone' });
        return () => undefined;
      });
      caller.unsubscribe(id); // all of it is on its way already
      return id;
    },
    archive_v1_stopStorage: ([id], caller) => {
      caller.unsubscribe(id);
      return null;
    },
    chainSpec_v1_chainName: () => chainName,
    chainSpec_v1_genesisHash: genesisHash,
  };
}
