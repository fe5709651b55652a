import { type CallContext, DispatchFailure, signerOf } from '../../runtime/call-context.ts';
import type { State } from '../../runtime/state.ts';
import type { ValueOf } from '../../scale/scale-type.ts';
import { SUBTENSOR } from './storage-item.ts';
import { axons, prometheus, uids } from './storage-neurons.ts';
import { servingRateLimit } from './storage-parameters.ts';
import type { axonInfo, prometheusInfo } from './types.ts';
import { ensure } from './validate-stake.ts';

const IPV4_END = 0xffff_ffffn;
const IPV4_LOCALHOST = 0x7f00_0001n;
const IPV6_END = (1n << 128n) - 1n;
const IPV6_LOCALHOST = 1n;

/**
 * Says where a hotkey listens. Source: pallets/subtensor/src/subnets/serving.rs (do_serve_axon).
 * @throws DispatchFailure HotKeyNotRegisteredInNetwork, InvalidIpType, InvalidIpAddress, ServingRateLimitExceeded, InvalidPort
 */
export function serveAxon(
  context: CallContext,
  netuid: number,
  endpoint: Omit<ValueOf<typeof axonInfo>, 'block'>,
): void {
  const { state, blockNumber, deposit } = context;
  const hotkey = signerOf(context);
  requireMember(state, netuid, hotkey);
  // Zero is allowed: the chain's own tests need it, and so it says that a hotkey listens nowhere.
  requireAddress(endpoint.ipType, endpoint.ip, true);
  requireRested(state, netuid, state.find(axons, netuid, hotkey)?.block ?? 0n, blockNumber);
  ensure(endpoint.port !== 0, 'InvalidPort');
  state.set(axons, netuid, hotkey, { ...endpoint, block: BigInt(blockNumber) });
  deposit(SUBTENSOR, 'AxonServed', [netuid, hotkey]);
}

/** Where a hotkey's metrics are. The errors are the same, in another order. Source: serving.rs (do_serve_prometheus). */
export function servePrometheus(
  context: CallContext,
  netuid: number,
  endpoint: Omit<ValueOf<typeof prometheusInfo>, 'block'>,
): void {
  const { state, blockNumber, deposit } = context;
  const hotkey = signerOf(context);
  requireAddress(endpoint.ipType, endpoint.ip, false);
  requireMember(state, netuid, hotkey);
  requireRested(state, netuid, state.find(prometheus, netuid, hotkey)?.block ?? 0n, blockNumber);
  ensure(endpoint.port !== 0, 'InvalidPort');
  state.set(prometheus, netuid, hotkey, { ...endpoint, block: BigInt(blockNumber) });
  deposit(SUBTENSOR, 'PrometheusServed', [netuid, hotkey]);
}

const requireMember = (state: State, netuid: number, hotkey: Uint8Array): void =>
  ensure(state.find(uids, netuid, hotkey) !== undefined, 'HotKeyNotRegisteredInNetwork');

function requireRested(state: State, netuid: number, lastBlock: bigint, block: number): void {
  const limit = state.get(servingRateLimit, netuid);
  ensure(lastBlock === 0n || BigInt(block) - lastBlock >= limit, 'ServingRateLimitExceeded');
}

function requireAddress(ipType: number, ip: bigint, zeroAllowed: boolean): void {
  ensure(ipType === 4 || ipType === 6, 'InvalidIpType');
  const isV4 = ipType === 4;
  const isBad = isV4 ? ip >= IPV4_END || ip === IPV4_LOCALHOST : ip === IPV6_END || ip === IPV6_LOCALHOST;
  if (isBad || (ip === 0n && !zeroAllowed)) throw new DispatchFailure(SUBTENSOR, 'InvalidIpAddress');
}
