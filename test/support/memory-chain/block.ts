import type { CallOutcome, EmissionEvent } from '#protocol/chain/chain-client.ts';
import type { SignedCall } from './signed-call.ts';
import { toHex } from '#protocol/bytes.ts';
import { encodeCbor } from '#protocol/envelope.ts';
import { domainHash } from '#protocol/hash.ts';
import { dispatch } from './dispatch.ts';
import { isEpochBlock, runEpoch } from './emission.ts';
import type { ChainHeader, ChainState, ChainTip } from './state.ts';
import { stateRootOf } from './state-codec.ts';

/** What a block is made from, apart from its parent. */
export interface BlockInputs {
  readonly nowMs: number;
  /** 16 random bytes as hex. */
  readonly salt: string;
  readonly calls: readonly SignedCall[];
}

export interface AppliedBlock {
  readonly tip: ChainTip;
  /** One for each call, in their order. */
  readonly outcomes: readonly CallOutcome[];
  readonly emissions: readonly EmissionEvent[];
}

/** The next block: calls in order, then emission if due. Refused calls are not part of it. */
export function applyBlock(parent: ChainTip, { nowMs, salt, calls }: BlockInputs): AppliedBlock {
  const number = parent.head.number + 1;
  let { state } = parent;
  const included: SignedCall[] = [];
  const outcomes = calls.map((call): CallOutcome => {
    const result = dispatch(state, call, number);
    if (result.kind === 'refused') return result;
    ({ state } = result);
    included.push(call);
    return { kind: 'included', block: number };
  });

  const epoch = isEpochBlock(state, number) ? runEpoch(state, number) : { state, emissions: [] };
  const head = headerOf({
    number,
    parentHash: parent.head.hash,
    timestampMs: Math.max(nowMs, parent.head.timestampMs + 1), // a clock set back must not turn the order of blocks
    extrinsicsRoot: extrinsicsRootOf(included),
    state: epoch.state,
    salt,
  });
  return { tip: { ...parent, head, state: epoch.state }, outcomes, emissions: epoch.emissions };
}

export function headerOf(fields: {
  readonly number: number;
  readonly parentHash: string;
  readonly timestampMs: number;
  readonly extrinsicsRoot: string;
  readonly state: ChainState;
  readonly salt: string;
}): ChainHeader {
  const { number, parentHash, timestampMs, extrinsicsRoot, state, salt } = fields;
  const sealed = { number, parentHash, timestampMs, extrinsicsRoot, stateRoot: stateRootOf(state), salt };
  return { ...sealed, hash: hashOf(sealed) };
}

/** SHA-256 under its own domain over all the other fields. */
export function hashOf(header: Omit<ChainHeader, 'hash'>): string {
  const { number, parentHash, timestampMs, extrinsicsRoot, stateRoot, salt } = header;
  const bytes = encodeCbor([number, parentHash, timestampMs, extrinsicsRoot, stateRoot, salt]);
  return toHex(domainHash('millrace/devnet-block/1', bytes));
}

export const extrinsicsRootOf = (calls: readonly SignedCall[]): string =>
  toHex(domainHash('millrace/devnet-extrinsics/1', encodeCbor(calls)));
