import { option } from '../../scale/composites.ts';
import { result, variant } from '../../scale/enumeration.ts';
import { accountId, u32, u64, unit } from '../../scale/primitives.ts';
import type { AnyType } from '../../scale/scale-type.ts';
import { call, type Pallet } from '../../metadata/pallet.ts';
import { accountOf } from '../../runtime/account-of.ts';
import { type CallContext, type DecodedCall, DispatchFailure, signerOf } from '../../runtime/call-context.ts';
import { holdBack } from '../../runtime/reserve.ts';
import { dispatchError, multiAddress } from '../../runtime/system-types.ts';
import { sameAccount } from '../subtensor/account-list.ts';
import {
  DEPOSIT_BASE,
  DEPOSIT_FACTOR,
  depositFor,
  MAX_PROXIES,
  proxies,
  PROXY,
  type ProxyDefinition,
  withoutProxy,
  withProxy,
} from './delegates.ts';
import { refusedProxyCalls } from './refused-proxy-calls.ts';
import { includes, mayCall, type ProxyType, proxyType } from './proxy-types.ts';

const named = { delegate: multiAddress, proxyType, delay: u32 };
const changed = { fields: { delegator: accountId, delegatee: accountId, proxyType, delay: u32 } };

/**
 * Accounts that act for others. Announcements are not kept, so a proxy with a delay cannot act; there are no pure proxies; a
 * call through a proxy is always paid for, by the proxy. Source: pallets/proxy/src/lib.rs.
 * @param runtimeCall the type of all calls, which contains this pallet's
 */
export const proxy = (runtimeCall: AnyType): Pallet => {
  const refused = refusedProxyCalls(runtimeCall);
  return {
    name: PROXY,
    index: 16,
    calls: {
      /** What becomes of the call is said in `ProxyExecuted`; this one goes well all the same. */
      proxy: call(
        0,
        { real: multiAddress, forceProxyType: option(proxyType), call: runtimeCall },
        (context, { real, forceProxyType, call: asked }) =>
          actFor(context, accountOf(real), forceProxyType, asked as DecodedCall),
      ),
      add_proxy: call(1, named, (context, { delegate, proxyType, delay }) => {
        const who = signerOf(context);
        const added = { delegate: accountOf(delegate), proxyType, delay };
        if (sameAccount(who, added.delegate)) throw new DispatchFailure(PROXY, 'NoSelfProxy');
        const [list] = context.state.get(proxies, who);
        setProxies(context, who, withProxy(list, added));
        context.deposit(PROXY, 'ProxyAdded', { delegator: who, delegatee: added.delegate, proxyType, delay });
      }),
      remove_proxy: call(2, named, (context, { delegate, proxyType, delay }) => {
        const who = signerOf(context);
        const removed = { delegate: accountOf(delegate), proxyType, delay };
        const [list] = context.state.get(proxies, who);
        setProxies(context, who, withoutProxy(list, removed));
        context.deposit(PROXY, 'ProxyRemoved', { delegator: who, delegatee: removed.delegate, proxyType, delay });
      }),
      remove_proxies: call(3, {}, (context) => setProxies(context, signerOf(context), [])),
      ...refused.calls,
    },
    events: {
      ProxyExecuted: variant(0, { fields: { result: result(unit, dispatchError) } }),
      ProxyAdded: variant(4, changed),
      ProxyRemoved: variant(5, changed),
    },
    errors: {
      TooMany: 'Too many proxies or announcements',
      NotFound: 'There is no such proxy',
      NotProxy: 'The signer is no proxy of this account',
      Unproxyable: 'The call cannot be made through a proxy',
      Duplicate: 'The account is a proxy already',
      NoPermission: 'The proxy may not do this',
      Unannounced: 'The call must be announced first',
      NoSelfProxy: 'An account cannot be its own proxy',
      AnnouncementDepositInvariantViolated: 'The deposit of an announcement is wrong',
      InvalidDerivedAccountId: 'No account could be made',
      ...refused.errors,
    },
    storage: [proxies],
    constants: {
      ProxyDepositBase: { type: u64, value: DEPOSIT_BASE },
      ProxyDepositFactor: { type: u64, value: DEPOSIT_FACTOR },
      MaxProxies: { type: u32, value: MAX_PROXIES },
    },
  };
};

function actFor(context: CallContext, real: Uint8Array, forced: ProxyType | undefined, asked: DecodedCall): void {
  const who = signerOf(context);
  const [list] = context.state.get(proxies, real);
  const found = list.find(
    ({ delegate, proxyType }) => sameAccount(delegate, who) && (forced === undefined || forced.type === proxyType.type),
  );
  if (found === undefined) throw new DispatchFailure(PROXY, 'NotProxy');
  if (found.delay > 0) throw new DispatchFailure(PROXY, 'Unannounced');
  const allows = (inner: DecodedCall): boolean => isAllowed(found.proxyType, inner);
  const error = context.dispatch(asked, { kind: 'signed', account: real, allows });
  const outcome = error === null ? { type: 'Ok', value: undefined } : { type: 'Err', value: error };
  context.deposit(PROXY, 'ProxyExecuted', { result: outcome });
}

/** No proxy can make one that may do more than itself. */
function isAllowed(type: ProxyType, call: DecodedCall): boolean {
  if (call.type === PROXY) {
    const { proxyType } = call.value.value as { readonly proxyType?: ProxyType };
    const isChange = call.value.type === 'add_proxy' || call.value.type === 'remove_proxy';
    if (isChange && proxyType !== undefined && !includes(type, proxyType)) return false;
    if (call.value.type === 'remove_proxies' && type.type !== 'Any') return false;
  }
  return mayCall(type, call);
}

function setProxies(context: CallContext, who: Uint8Array, list: readonly ProxyDefinition[]): void {
  const [, before] = context.state.get(proxies, who);
  const deposit = depositFor(list.length);
  holdBack(context, who, deposit - before);
  if (list.length === 0) context.state.remove(proxies, who);
  else context.state.set(proxies, who, [list, deposit]);
}
