import type { ApiPromise } from '@polkadot/api';
import * as v from 'valibot';
import { fromHex } from '../../bytes.ts';
import { check } from '../../envelope.ts';
import type { Hotkey } from '../../ids.ts';
import { type Commitment, MAX_COMMITMENT_FIELD_BYTES } from '../chain-client.ts';
import { count, checkedHotkey as hotkey } from '../wire-values.ts';
import { entriesOf, storage } from './items.ts';

const registrationSchema = v.object({
  block: count,
  info: v.object({ fields: v.pipe(v.array(v.unknown()), v.maxLength(16)) }),
});

/** One of `Data`'s kinds: raw bytes, whose length is in the name. Others hold what Millrace does not write. */
const RAW = /^raw(\d{1,3})$/i;
const rawSchema = v.pipe(v.record(v.string(), v.unknown()), v.transform(Object.entries));
const hexSchema = v.pipe(v.string(), v.regex(/^0x([\da-f]{2}){0,128}$/));

/** Commitments of these hotkeys of a subnet, or (`null`) of every one. @throws ProtocolError when the chain's answer is none */
export async function readCommitments(
  api: ApiPromise,
  netuid: number,
  hotkeys: readonly Hotkey[] | null,
): Promise<readonly Commitment[]> {
  const item = storage(api, 'commitments', 'commitmentOf');
  if (hotkeys !== null) {
    const found = await item.multi(hotkeys.map((key) => [netuid, key]));
    return found.flatMap((value, i) => commitmentOf(hotkeys[i], value.toJSON()));
  }
  const entries = await entriesOf(item, netuid);
  return entries.flatMap(([key, value]) =>
    commitmentOf(check(hotkey, key.args[1]?.toJSON(), 'Hotkey'), value.toJSON()),
  );
}

export function commitmentOf(key: Hotkey | undefined, json: unknown): readonly Commitment[] {
  if (key === undefined || json === null) return [];
  const { block, info } = check(registrationSchema, json, 'Commitment');
  return [{ hotkey: key, block, fields: info.fields.flatMap(rawBytes) }];
}

/** The bytes of a raw field; none for any other, which its hotkey may well have written for others. */
function rawBytes(field: unknown): readonly Uint8Array[] {
  const entries = v.safeParse(rawSchema, field);
  const [kind, hex] = entries.success ? (entries.output[0] ?? []) : [];
  const length = Number(RAW.exec(kind ?? '')?.[1] ?? -1);
  const bytes = v.safeParse(hexSchema, hex);
  if (length < 0 || length > MAX_COMMITMENT_FIELD_BYTES || !bytes.success) return [];
  return [fromHex(bytes.output.slice(2))];
}

/** A field as the chain's `Data` writes it. */
export const rawField = (bytes: Uint8Array): Readonly<Record<string, Uint8Array>> => ({
  [`Raw${bytes.length}`]: bytes,
});
