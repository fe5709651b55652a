import { toHex } from '#protocol/bytes.ts';
import { struct, tuple, vec } from '../../scale/composites.ts';
import { accountId, u32, u64 } from '../../scale/primitives.ts';
import type { ValueOf } from '../../scale/scale-type.ts';
import { mapKey, storageMap } from '../../metadata/pallet.ts';
import { DispatchFailure } from '../../runtime/call-context.ts';
import { numberOf, proxyType } from './proxy-types.ts';

export const PROXY = 'Proxy';
/** Of one account. */
export const MAX_PROXIES = 20;
/** Rao held back while there is any proxy, and for each (runtime/src/lib.rs: ProxyDepositBase, ProxyDepositFactor). */
export const DEPOSIT_BASE = 60_000_000n;
export const DEPOSIT_FACTOR = 33_000_000n;

const definition = struct('pallet_subtensor_proxy::ProxyDefinition', { delegate: accountId, proxyType, delay: u32 });
export type ProxyDefinition = ValueOf<typeof definition>;

/** Of an account: who may act for it, in the chain's order, and the rao that are held back for that. */
export const proxies = storageMap<[Uint8Array], readonly [readonly ProxyDefinition[], bigint]>(
  PROXY,
  'Proxies',
  [mapKey('Twox64Concat', accountId)],
  tuple(vec(definition), u64),
  [[], 0n],
);

export const depositFor = (count: number): bigint => (count === 0 ? 0n : DEPOSIT_BASE + DEPOSIT_FACTOR * BigInt(count));

/** By account, type and delay. */
function compare(a: ProxyDefinition, b: ProxyDefinition): number {
  const [left, right] = [toHex(a.delegate), toHex(b.delegate)];
  if (left !== right) return left < right ? -1 : 1;
  return numberOf(a.proxyType) - numberOf(b.proxyType) || a.delay - b.delay;
}

/** @throws DispatchFailure Duplicate, TooMany */
export function withProxy(list: readonly ProxyDefinition[], added: ProxyDefinition): readonly ProxyDefinition[] {
  if (list.some((each) => compare(each, added) === 0)) throw new DispatchFailure(PROXY, 'Duplicate');
  if (list.length >= MAX_PROXIES) throw new DispatchFailure(PROXY, 'TooMany');
  return [...list, added].toSorted(compare);
}

/** @throws DispatchFailure NotFound */
export function withoutProxy(list: readonly ProxyDefinition[], removed: ProxyDefinition): readonly ProxyDefinition[] {
  const left = list.filter((each) => compare(each, removed) !== 0);
  if (left.length === list.length) throw new DispatchFailure(PROXY, 'NotFound');
  return left;
}
