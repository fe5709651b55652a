import { struct } from '../scale/composites.ts';
import type { AnyType } from '../scale/scale-type.ts';
import type { ApiContext } from '../metadata/runtime-api.ts';
import { networksAdded } from '../pallets/subtensor/storage-subnet.ts';
import { subnets } from '../pallets/subtensor/subnets.ts';
import { METAGRAPH_FIELDS, type MetagraphField, type SubnetView } from './metagraph-fields.ts';

/** What clients read of a subnet, field by field. */
export type SubnetFields = Readonly<Record<string, MetagraphField>>;

/** Of a field that is no longer computed, or that no subnet has. */
export const always = (type: AnyType, value: unknown): MetagraphField => ({ type, read: () => value });

const metagraphField = (name: string): MetagraphField => {
  const known = METAGRAPH_FIELDS[name];
  if (known === undefined) throw new RangeError(`The metagraph has no ${name}`);
  return known;
};

/** What the metagraph has too, under names of its own. */
export const sameAs = (names: Readonly<Record<string, string>>): SubnetFields =>
  Object.fromEntries(Object.entries(names).map(([name, of]) => [name, metagraphField(of)]));

export const same = (...names: readonly string[]): SubnetFields =>
  sameAs(Object.fromEntries(names.map((name) => [name, name])));

/** @param path after `pallet_subtensor::rpc_info` */
export const typeOf = (path: string, fields: SubnetFields) =>
  struct(
    `pallet_subtensor::rpc_info::${path}`,
    Object.fromEntries(Object.entries(fields).map(([name, { type }]) => [name, type])),
  );

export const readAll = (fields: SubnetFields, view: SubnetView) =>
  Object.fromEntries(Object.entries(fields).map(([name, { read }]) => [name, read(view)]));

/** `undefined` for a subnet that there is not. */
export function ask<T>({ state, nextBlock }: ApiContext, netuid: number, read: (view: SubnetView) => T): T | undefined {
  return state.get(networksAdded, netuid) ? read({ state, netuid, block: nextBlock - 1 }) : undefined;
}

export const ofAll = <T>(context: ApiContext, read: (view: SubnetView) => T): readonly (T | undefined)[] =>
  subnets(context.state).map((netuid) => ask(context, netuid, read));
