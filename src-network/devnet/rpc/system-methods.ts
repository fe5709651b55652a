import { concatBytes, uint32Bytes } from '#protocol/bytes.ts';
import type { DevnetNode } from '../node/devnet-node.ts';
import { runtimeDispatchInfo } from '../runtime-apis/transaction-payment.ts';
import { RUNTIME_VERSION } from '../runtime/version.ts';
import { callApi } from './call-api.ts';
import { accountParam, bytesParam } from './params.ts';
import type { RpcMethod, RpcMethods } from './rpc-method.ts';

export interface ChainIdentity {
  readonly name: string;
  readonly version: string;
}

const properties: RpcMethod = () => ({ ss58Format: 42, tokenDecimals: 9, tokenSymbol: 'TAO', isEthereum: false });

export function systemMethods(node: DevnetNode, { name, version }: ChainIdentity): RpcMethods {
  const nextIndex: RpcMethod = ([address]) => node.pool.nextNonce(node.headState, accountParam(address));
  return {
    system_name: () => RUNTIME_VERSION.implName,
    system_version: () => version,
    system_chain: () => name,
    system_chainType: () => 'Local',
    system_properties: properties,
    chainSpec_v1_properties: properties,
    system_health: () => ({ peers: 0, isSyncing: false, shouldHavePeers: false }),
    system_syncState: () => {
      const { number } = node.head.header;
      return { startingBlock: 0, currentBlock: number, highestBlock: number };
    },
    system_peers: () => [],
    system_nodeRoles: () => ['Authority'],
    system_localPeerId: () => '',
    system_localListenAddresses: () => [],
    system_accountNextIndex: nextIndex,
    account_nextIndex: nextIndex,
    payment_queryInfo: ([extrinsic, at]) => {
      const encoded = bytesParam(extrinsic, 'The extrinsic');
      return feeJson(callApi(node, 'TransactionPaymentApi_query_info', withLength(encoded), at));
    },
  };
}

/** An API's input: the extrinsic, then its length. */
const withLength = (encoded: Uint8Array): Uint8Array => concatBytes(encoded, uint32Bytes(encoded.length));

function feeJson(encoded: Uint8Array) {
  const info = runtimeDispatchInfo.codec.dec(encoded);
  return {
    weight: { ref_time: Number(info.weight.refTime), proof_size: Number(info.weight.proofSize) },
    class: info.class.type.toLowerCase(),
    partialFee: info.partialFee.toString(),
  };
}
