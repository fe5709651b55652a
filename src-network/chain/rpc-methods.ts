import type { BlockHeader, CallOutcome, Commitment, EmissionEvent, Neuron } from '#protocol/chain/chain-client.ts';
import type { ChainMethod, ChainParams, ChainResult } from '#protocol/chain/wire.ts';
import { RPC_ERRORS } from '#protocol/chain/wire.ts';
import { type ChainNode, publicHeader } from './node.ts';
import { balanceOf } from './state.ts';
import { commitmentsOf, hasSubnet, infoOf, subnetOf } from './views.ts';

/** An answer of JSON-RPC's error kind: expected, so data. */
export interface RpcFailure {
  readonly kind: 'failure';
  readonly code: number;
  readonly message: string;
}

export const failure = (code: number, message: string): RpcFailure => ({ kind: 'failure', code, message });

/** What a method needs of the connection that calls it. */
export interface RpcCaller {
  subscribeBlocks(): void;
}

/** The server may hold lists as readonly; the wire does not care. */
type Answer<M extends ChainMethod> = M extends 'subnet_neurons'
  ? readonly Neuron[]
  : M extends 'subnet_commitments'
    ? readonly Commitment[]
    : M extends 'emission_history'
      ? readonly EmissionEvent[]
      : ChainResult<M>;

type Handler<M extends ChainMethod> = (
  params: ChainParams<M>,
  caller: RpcCaller,
) => Answer<M> | RpcFailure | Promise<Answer<M> | RpcFailure>;

export type RpcHandlers = { readonly [M in ChainMethod]: Handler<M> };

export function chainHandlers(node: ChainNode): RpcHandlers {
  const head = (): BlockHeader => publicHeader(node.tip().head);
  const inSubnet = <T>(netuid: number, answer: () => T): T | RpcFailure =>
    hasSubnet(node.tip().state, netuid)
      ? answer()
      : failure(RPC_ERRORS.refused, `SubnetNotExists: there is no subnet ${netuid}`);

  return {
    chain_info: () => infoOf(node.tip()),
    chain_head: head,
    chain_block: ({ number }) => node.store.header(number),
    chain_subscribeBlocks: (_params, caller) => {
      caller.subscribeBlocks();
      return head();
    },
    subnet_info: ({ netuid }) => inSubnet(netuid, () => subnetOf(node.tip().state)),
    subnet_neurons: ({ netuid }) => inSubnet(netuid, () => node.tip().state.neurons),
    subnet_commitments: ({ netuid, hotkeys }) => inSubnet(netuid, () => commitmentsOf(node.tip().state, hotkeys)),
    account_balance: ({ account }) => balanceOf(node.tip().state, account),
    account_nonce: ({ account }) => node.nextNonce(account),
    emission_history: ({ hotkey, afterBlock }) => node.store.emissions(hotkey, afterBlock),
    call_submit: ({ call }): Promise<CallOutcome> | RpcFailure =>
      node.submit(call) ?? failure(RPC_ERRORS.busy, 'Too many calls wait for a block; try again after the next one'),
  };
}
