import { ApiPromise, WsProvider } from '@polkadot/api';
import { firstEmissionBlockNumber } from '#network/devnet/pallets/subtensor/storage-subnet.ts';
import {
  commitRevealWeightsEnabled,
  tempo,
  weightsSetRateLimit,
} from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import { State } from '#network/devnet/runtime/state.ts';
import { executeBlock } from '#network/devnet/runtime/execute-block.ts';
import type { DevnetNode } from '#network/devnet/node/devnet-node.ts';
import { toHex } from '#protocol/bytes.ts';
import { NETUID } from '../devnet-calls.ts';
import { startTestDevnet } from '../devnet.ts';
import type { InteropChain } from './chain.ts';

const BLOCK_MS = 12_000;
/** Blocks of an epoch: more than a test makes, so that none ends in it. */
export const LONG_TEMPO = 60_000;
/** Blocks between two weights of a hotkey: as many as there are calls between its registration and its first weights. */
export const WEIGHTS_REST = 5;

/** The devnet, in this process, without emission. */
export async function startDevnet(): Promise<InteropChain> {
  const devnet = await startTestDevnet(null, (state) => {
    state.remove(firstEmissionBlockNumber, NETUID);
    state.set(commitRevealWeightsEnabled, NETUID, false);
    state.set(tempo, NETUID, LONG_TEMPO);
    state.set(weightsSetRateLimit, NETUID, BigInt(WEIGHTS_REST));
  });
  const { node, alice: bank } = devnet;
  const api = await ApiPromise.create({ provider: new WsProvider(devnet.url) as never, noInitWarn: true });
  return {
    ...{ kind: 'devnet', api, netuid: NETUID, bank, accounts: '//Interop' },
    include: async (signed: string) => {
      await api.rpc.author.submitExtrinsic(signed);
      return `0x${node.produceBlock((node.head.header.number + 1) * BLOCK_MS).hash}`;
    },
    emptyTwin: () => Promise.resolve(emptyTwin(node)),
    close: async () => {
      await api.disconnect();
      await devnet.close();
    },
  };
}

function emptyTwin(node: DevnetNode): ReadonlyMap<string, string> {
  const { head, rules } = node;
  const { number, parentHash } = head.header;
  const before = node.state(toHex(parentHash));
  if (before === null) throw new RangeError('The block before is forgotten');
  const state = new State(before);
  state.apply(executeBlock(rules, before, { number, parentHash, nowMs: number * BLOCK_MS, transactions: [] }).changes);
  return new Map(state.keys('').map((key) => [`0x${key}`, `0x${toHex(state.raw(key) ?? new Uint8Array())}`]));
}
