import { toHex } from '#protocol/bytes.ts';
import { compactU32 } from '../scale/primitives.ts';
import {
  account,
  blockHash,
  BLOCK_HASH_COUNT,
  eventCount,
  extrinsicCount,
  number,
  parentHash,
} from '../pallets/system.ts';
import { Dispatcher, dispatchInfoOf } from './dispatch.ts';
import { type Extrinsic } from './extrinsic.ts';
import { inclusionFeeRao, totalFeeRao } from './fees.ts';
import { changeIssuance } from './issuance.ts';
import { debit } from './money.ts';
import type { EventRecord, Runtime } from './runtime.ts';
import { type Changes, State, type StateBase } from './state.ts';
import { timestampExtrinsic } from './timestamp-extrinsic.ts';
import { trieRoot } from './trie-root.ts';
import type { DispatchErrorValue } from './system-types.ts';
import { invalidity, type TransactionRules } from './validate.ts';

export interface BlockInputs {
  readonly number: number;
  readonly parentHash: Uint8Array;
  readonly nowMs: number;
  /** In the order in which they came. */
  readonly transactions: readonly Extrinsic[];
}

export interface ExecutedBlock {
  readonly changes: Changes;
  readonly events: readonly EventRecord[];
  /** Those that are in it, the timestamp's first. */
  readonly extrinsics: readonly Uint8Array[];
  readonly extrinsicsRoot: Uint8Array;
  /** Of each transaction: its error, `null` when it went well, `undefined` when it is not in the block. */
  readonly outcomes: readonly (DispatchErrorValue | null | undefined)[];
}

/** Makes the state after a block. Pure: the same inputs give the same block. A transaction that is not valid any more is left out. */
export function executeBlock(rules: TransactionRules, base: StateBase, inputs: BlockInputs): ExecutedBlock {
  const { runtime } = rules;
  const state = new State(base);
  const dispatcher = new Dispatcher(runtime, inputs.number);
  initialise(state, runtime, inputs);
  for (const { onInitialize } of runtime.pallets.values()) onInitialize?.(dispatcher.context(state, { kind: 'root' }));

  const extrinsics: Uint8Array[] = [];
  const begin = (encoded: Uint8Array): void => {
    dispatcher.phase = { type: 'ApplyExtrinsic', value: extrinsics.length };
    extrinsics.push(encoded);
  };
  const inherent = timestampExtrinsic(runtime, inputs.nowMs);
  begin(inherent.encoded);
  const failed = dispatcher.run(state, inherent.call, { kind: 'none' });
  if (failed !== null) throw new RangeError('The timestamp was refused');
  dispatcher.deposit('System', 'ExtrinsicSuccess', { dispatchInfo: dispatchInfoOf(true) });

  const outcomes = inputs.transactions.map((extrinsic) => {
    if (invalidity(rules, state, inputs.number, extrinsic) !== null) return undefined;
    begin(extrinsic.encoded);
    return applyTransaction(runtime, dispatcher, state, extrinsic);
  });

  dispatcher.phase = { type: 'Finalization', value: undefined };
  state.set(extrinsicCount, extrinsics.length);
  state.set(eventCount, dispatcher.events.length);
  state.set(runtime.events, dispatcher.events);
  return {
    ...{ changes: state.changes, events: dispatcher.events, extrinsics, outcomes },
    extrinsicsRoot: orderedRoot(extrinsics),
  };
}

function initialise(state: State, runtime: Runtime, inputs: BlockInputs): void {
  state.set(number, inputs.number);
  state.set(parentHash, inputs.parentHash);
  state.set(blockHash, inputs.number - 1, inputs.parentHash);
  const forgotten = inputs.number - 1 - BLOCK_HASH_COUNT;
  if (forgotten > 0) state.remove(blockHash, forgotten);
  state.set(runtime.events, []);
}

/** The fee is paid whether the call goes well or not. */
function applyTransaction(
  runtime: Runtime,
  dispatcher: Dispatcher,
  state: State,
  extrinsic: Extrinsic,
): DispatchErrorValue | null {
  const { signed, call, encoded } = extrinsic;
  const definition = runtime.callOf(call);
  if (signed === null || definition === null) throw new RangeError('Only valid transactions are applied');
  const { signer, tipRao } = signed;
  const feeRao = totalFeeRao(inclusionFeeRao(definition, encoded.length)) + tipRao;
  if (feeRao > 0n) {
    debit({ state, deposit: dispatcher.deposit }, signer, feeRao, true);
    changeIssuance(state, -feeRao); // blocks have no author who would get it
    dispatcher.deposit('Balances', 'Withdraw', { who: signer, amount: feeRao });
  }
  const known = state.get(account, signer);
  state.set(account, signer, { ...known, nonce: known.nonce + 1 });
  const error = dispatcher.run(state, call, { kind: 'signed', account: signer });
  // What is given back of a fee, which is nothing, the chain says too (pallets/transaction-fee: correct_and_deposit_fee).
  if (feeRao > 0n && holdsAnything(state, signer))
    dispatcher.deposit('Balances', 'Deposit', { who: signer, amount: 0n });
  dispatcher.deposit('TransactionPayment', 'TransactionFeePaid', { who: signer, actualFee: feeRao, tip: tipRao });
  const dispatchInfo = dispatchInfoOf(definition.isFree);
  if (error === null) dispatcher.deposit('System', 'ExtrinsicSuccess', { dispatchInfo });
  else dispatcher.deposit('System', 'ExtrinsicFailed', { dispatchError: error, dispatchInfo });
  return error;
}

function holdsAnything(state: State, who: Uint8Array): boolean {
  const { free, reserved } = state.get(account, who).data;
  return free + reserved > 0n;
}

/** Root of the trie from each extrinsic's place to its bytes. */
export const orderedRoot = (extrinsics: readonly Uint8Array[]): Uint8Array =>
  trieRoot(
    extrinsics
      .map((encoded, index) => [toHex(compactU32.codec.enc(index)), encoded] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
