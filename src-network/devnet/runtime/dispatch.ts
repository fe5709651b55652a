import { callWeight } from './fees.ts';
import { guardColdkeySwap } from '../pallets/subtensor/guard-coldkey-swap.ts';
import { BatchFailure } from '../pallets/utility.ts';
import { type CallContext, type DecodedCall, DispatchFailure, type Origin } from './call-context.ts';
import type { EventRecord, Runtime } from './runtime.ts';
import { State } from './state.ts';
import type { DispatchErrorValue } from './system-types.ts';

/** Where in its block something happens. */
export type Phase = EventRecord['phase'];

/** Runs calls on a block's state and collects what they say has happened. */
export class Dispatcher {
  readonly events: EventRecord[] = [];
  readonly #runtime: Runtime;
  readonly #blockNumber: number;
  phase: Phase = { type: 'Initialization', value: undefined };

  constructor(runtime: Runtime, blockNumber: number) {
    this.#runtime = runtime;
    this.#blockNumber = blockNumber;
  }

  readonly deposit = (pallet: string, event: string, value: unknown): void => {
    this.events.push({ phase: this.phase, event: { type: pallet, value: { type: event, value } }, topics: [] });
  };

  context(state: State, origin: Origin): CallContext {
    return {
      ...{ state, origin, blockNumber: this.#blockNumber, deposit: this.deposit },
      dispatch: (call, as) => this.run(state, call, as),
    };
  }

  /** All of the call or nothing of it. @returns why it failed */
  run(below: State, call: DecodedCall, origin: Origin): DispatchErrorValue | null {
    const layer = new State(below);
    const eventsBefore = this.events.length;
    const definition = this.#runtime.callOf(call);
    try {
      const isAllowed = origin.kind !== 'signed' || origin.allows?.(call) !== false;
      if (definition === null || !isAllowed) throw new DispatchFailure('System', 'CallFiltered');
      const context = this.context(layer, origin);
      guardColdkeySwap(context, call);
      definition.run(context, call.value.value as never);
      below.apply(layer.changes);
      return null;
    } catch (error) {
      this.events.length = eventsBefore;
      if (error instanceof BatchFailure) return error.error;
      if (error instanceof DispatchFailure) return this.#errorOf(error);
      throw error;
    }
  }

  #errorOf({ pallet: name, reason, message }: DispatchFailure): DispatchErrorValue {
    if (name === null) {
      if (reason === 'BadOrigin' || reason === 'CannotLookup') return { type: reason, value: undefined };
      return { type: 'Other', value: undefined };
    }
    if (name === 'Token' || name === 'Arithmetic') {
      return { type: name, value: { type: reason, value: undefined } } as DispatchErrorValue;
    }
    const pallet = this.#runtime.pallets.get(name);
    const error = pallet === undefined ? -1 : Object.keys(pallet.errors).indexOf(reason);
    if (pallet === undefined || error < 0) throw new RangeError(`No such error: ${message}`);
    return { type: 'Module', value: { index: pallet.index, error: Uint8Array.of(error, 0, 0, 0) } };
  }
}

/** As `System.ExtrinsicSuccess` and `ExtrinsicFailed` have it. */
export const dispatchInfoOf = (isFree: boolean) => ({
  weight: callWeight,
  class: { type: 'Normal' as const, value: undefined },
  paysFee: { type: isFree ? ('No' as const) : ('Yes' as const), value: undefined },
});
