import * as v from 'valibot';
import { domainHash } from '#protocol/hash.ts';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { check, decodeCbor, encodeCbor } from '#protocol/envelope.ts';
import { amountRao, checkedColdkey, checkedHotkey, count, u16, uid } from '#protocol/chain/wire-values.ts';
import type { ChainState } from './state.ts';

/** How each section of the state is written: as CBOR of plain values, amounts as decimal strings, maps as lists of pairs. */
interface SectionCodec<T> {
  readonly schema: v.GenericSchema<unknown, T>;
  readonly plain: (value: T) => unknown;
}

const map = <K, V>(key: v.GenericSchema<unknown, K>, value: v.GenericSchema<unknown, V>) =>
  v.pipe(
    v.array(v.tuple([key, value])),
    v.transform((pairs): ReadonlyMap<K, V> => new Map(pairs)),
  );

const commitment = v.strictObject({ hotkey: checkedHotkey, block: count, fields: v.array(v.instance(Uint8Array)) });
const neuron = v.strictObject({
  uid,
  hotkey: checkedHotkey,
  coldkey: checkedColdkey,
  stakeRao: amountRao,
  validatorPermit: v.boolean(),
  registeredAtBlock: count,
  emissionRao: amountRao,
  incentive: v.number(),
});

const codecs: { readonly [Name in SectionName]: SectionCodec<ChainState[Name]> } = {
  parameters: {
    schema: v.strictObject({
      name: v.string(),
      blockMs: count,
      netuid: u16,
      tempo: v.pipe(count, v.minValue(1)),
      emissionPerBlockRao: amountRao,
      ownerHotkey: checkedHotkey,
      ownerColdkey: checkedColdkey,
    }),
    plain: (parameters) => ({ ...parameters, emissionPerBlockRao: parameters.emissionPerBlockRao.toString() }),
  },
  balances: {
    schema: map(checkedColdkey, amountRao),
    plain: (balances) => [...balances].map(([account, amount]) => [account, amount.toString()]),
  },
  neurons: {
    schema: v.array(neuron),
    plain: (neurons) =>
      neurons.map((each) => ({
        ...each,
        stakeRao: each.stakeRao.toString(),
        emissionRao: each.emissionRao.toString(),
      })),
  },
  weights: {
    schema: map(uid, v.strictObject({ block: count, entries: v.array(v.strictObject({ uid, weight: u16 })) })),
    plain: (weights) => [...weights],
  },
  commitments: { schema: map(checkedHotkey, commitment), plain: (commitments) => [...commitments] },
  nonces: { schema: map(v.string(), count), plain: (nonces) => [...nonces] },
};

export type SectionName = keyof ChainState;
export const SECTION_NAMES = Object.keys(codecs) as readonly SectionName[];

/** A block touches few sections: the bytes and the hash of the others need no second computation. */
const encodedSections = new WeakMap<object, Uint8Array>();
const sectionHashes = new WeakMap<object, Uint8Array>();

export function encodeSection(state: ChainState, name: SectionName): Uint8Array {
  const section = state[name];
  const known = encodedSections.get(section);
  if (known !== undefined) return known;
  const codec = codecs[name] as SectionCodec<ChainState[SectionName]>;
  const bytes = encodeCbor(codec.plain(section));
  encodedSections.set(section, bytes);
  return bytes;
}

/** @throws ProtocolError that names the section and the field */
export function decodeState(read: (name: SectionName) => Uint8Array): ChainState {
  const section = <Name extends SectionName>(name: Name): ChainState[Name] =>
    check(codecs[name].schema, decodeCbor(read(name)), name);
  return {
    parameters: section('parameters'),
    balances: section('balances'),
    neurons: section('neurons'),
    weights: section('weights'),
    commitments: section('commitments'),
    nonces: section('nonces'),
  };
}

/** Hash over the hashes of the sections, in fixed order: what a block header says about the state after it. */
export function stateRootOf(state: ChainState): string {
  const hashes = SECTION_NAMES.map((name) => {
    const section = state[name];
    const known = sectionHashes.get(section);
    if (known !== undefined) return known;
    const hash = domainHash('millrace/devnet-section/1', utf8(name), new Uint8Array(1), encodeSection(state, name));
    sectionHashes.set(section, hash);
    return hash;
  });
  return toHex(domainHash('millrace/devnet-state/1', ...hashes));
}
