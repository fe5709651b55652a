import { RAO_PER_TAO } from '#protocol/units.ts';
import type { EventRecord } from '#network/devnet/runtime/runtime.ts';
import { createDevnetRuntime } from '#network/devnet/runtime/devnet-runtime.ts';
import { Dispatcher } from '#network/devnet/runtime/dispatch.ts';
import { issue } from '#network/devnet/runtime/money.ts';
import { State } from '#network/devnet/runtime/state.ts';
import { foundRoot, foundSubnet } from '#network/devnet/pallets/subtensor/genesis-subnet.ts';

const TAO = RAO_PER_TAO;
export const NETUID = 1;
/** The pool of subnet 1: one alpha costs 0.1 TAO. */
export const POOL = { taoRao: 10_000n * TAO, alpha: 100_000n * TAO };

/** An account of whose key nobody knows the secret. */
export const accountNamed = (name: string): Uint8Array => {
  const account = new Uint8Array(32);
  account.set(new TextEncoder().encode(name));
  return account;
};

export const OWNER = accountNamed('owner');
export const VALIDATOR = accountNamed('validator');

export const emptyState = (): State => new State({ raw: () => null, keys: () => [] });

/** Genesis with root, subnet 1 and money. */
export function stateWith(
  rich: readonly (readonly [Uint8Array, bigint])[],
  keys = { coldkey: OWNER, hotkey: VALIDATOR },
): State {
  const state = emptyState();
  for (const [who, amount] of rich) issue({ state, deposit: () => undefined }, who, amount);
  foundRoot(state);
  foundSubnet(state, { ...keys, ...{ netuid: NETUID, tempo: 10, ...POOL } });
  return state;
}

export interface Outcome {
  /** The error's name, e.g. `AmountTooLow` or `Swap.PriceLimitExceeded`; `null` when it went well. */
  readonly error: string | null;
  readonly events: readonly EventRecord['event']['value'][];
}

/** Runs calls on a state without a node, signatures and fees around them. */
export class Calls {
  readonly runtime = createDevnetRuntime();
  readonly state: State;

  constructor(state: State) {
    this.state = state;
  }

  /** @param name as `SubtensorModule.add_stake` */
  send(account: Uint8Array, name: string, args: Readonly<Record<string, unknown>>): Outcome {
    const [pallet = '', call = ''] = name.split('.');
    const dispatcher = new Dispatcher(this.runtime, 1);
    const value = { type: pallet, value: { type: call, value: args } };
    const error = dispatcher.run(this.state, value, { kind: 'signed', account });
    return {
      error: error === null ? null : this.#nameOf(error),
      events: dispatcher.events.map(({ event }) => event.value),
    };
  }

  #nameOf(error: { readonly type: string; readonly value: unknown }): string {
    if (error.type !== 'Module') return error.type;
    const { index, error: bytes } = error.value as { readonly index: number; readonly error: Uint8Array };
    const pallet = [...this.runtime.pallets.values()].find((each) => each.index === index);
    const name = Object.keys(pallet?.errors ?? {})[bytes[0] ?? -1] ?? 'unknown';
    return pallet?.name === 'SubtensorModule' ? name : `${pallet?.name ?? '?'}.${name}`;
  }
}
