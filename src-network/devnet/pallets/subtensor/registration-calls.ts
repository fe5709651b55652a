import { accountId, bytes, u128, u16, u32, u64, u8 } from '../../scale/primitives.ts';
import { call, type CallDefinition, freeCall } from '../../metadata/pallet.ts';
import { register, registerLimit } from './register.ts';
import { rootRegister } from './root-register.ts';
import { serveAxon, servePrometheus } from './serve.ts';
import { netUid } from './types.ts';
import { ensure } from './validate-stake.ts';
import { WEIGHT_CALLS } from './weight-calls.ts';

const endpoint = { version: u32, ip: u128, port: u16, ipType: u8 };

/** Calls by which hotkeys get neurons and keep them. Source of their numbers: pallets/subtensor/src/macros/dispatches.rs. */
export const REGISTRATION_CALLS: Readonly<Record<string, CallDefinition>> = {
  serve_axon: freeCall(
    4,
    { netuid: netUid, ...endpoint, protocol: u8, placeholder1: u8, placeholder2: u8 },
    (context, { netuid, ...axon }) => serveAxon(context, netuid, axon),
  ),
  serve_prometheus: freeCall(5, { netuid: netUid, ...endpoint }, (context, { netuid, ...served }) =>
    servePrometheus(context, netuid, served),
  ),
  // Once by proof of work; now the same as the next one.
  register: call(
    6,
    { netuid: netUid, blockNumber: u64, nonce: u64, work: bytes, hotkey: accountId, coldkey: accountId },
    (context, { netuid, hotkey }) => register(context, netuid, hotkey),
  ),
  burned_register: call(7, { netuid: netUid, hotkey: accountId }, (context, { netuid, hotkey }) =>
    register(context, netuid, hotkey),
  ),
  // Only chains that are built for it have one; ours has methods of its own for that.
  faucet: freeCall(60, { blockNumber: u64, nonce: u64, work: bytes }, () => ensure(false, 'FaucetDisabled')),
  root_register: call(62, { hotkey: accountId }, (context, { hotkey }) => rootRegister(context, hotkey)),
  register_limit: call(
    134,
    { netuid: netUid, hotkey: accountId, limitPrice: u64 },
    (context, { netuid, hotkey, limitPrice }) => registerLimit(context, netuid, hotkey, limitPrice),
  ),
  ...WEIGHT_CALLS,
};
