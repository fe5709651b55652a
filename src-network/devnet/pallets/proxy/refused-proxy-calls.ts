import { option } from '../../scale/composites.ts';
import { bool, compactU32, h256, u16, u32 } from '../../scale/primitives.ts';
import type { AnyType } from '../../scale/scale-type.ts';
import { refusedCall, refusedCalls } from '../../metadata/refused-calls.ts';
import { multiAddress } from '../../runtime/system-types.ts';
import { PROXY } from './delegates.ts';
import { proxyType } from './proxy-types.ts';

/**
 * Pure proxies and announcements, which there are not here. Source: pallets/proxy/src/lib.rs at spec 425, all of whose calls
 * are either here or done.
 * @param runtimeCall the type of all calls
 */
export const refusedProxyCalls = (runtimeCall: AnyType) =>
  refusedCalls(PROXY, {
    create_pure: refusedCall(4, { proxyType, delay: u32, index: u16 }),
    kill_pure: refusedCall(5, {
      ...{ spawner: multiAddress, proxyType, index: u16, height: compactU32, extIndex: compactU32 },
    }),
    announce: refusedCall(6, { real: multiAddress, callHash: h256 }),
    remove_announcement: refusedCall(7, { real: multiAddress, callHash: h256 }),
    reject_announcement: refusedCall(8, { delegate: multiAddress, callHash: h256 }),
    proxy_announced: refusedCall(9, {
      ...{ delegate: multiAddress, real: multiAddress, forceProxyType: option(proxyType), call: runtimeCall },
    }),
    poke_deposit: refusedCall(10, {}),
    set_real_pays_fee: refusedCall(11, { delegate: multiAddress, paysFee: bool }),
  });
