/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-return -- the values' types are those of the chain */

import { Option } from '@polkadot/types';

/** What a number is called, and by which part of it another one may differ and be called so too. */
export interface NamedNumber {
  readonly name: string;
  readonly value: bigint;
  readonly tolerance?: number;
}

export interface Wording {
  readonly api: any;
  /** Address → name. */
  readonly accounts: ReadonlyMap<string, string>;
  readonly numbers: readonly NamedNumber[];
}

/** A value as text that is the same on each chain: accounts and named numbers by their names. */
export function worded(wording: Wording, value: any): string {
  const { api, accounts, numbers } = wording;
  if (value instanceof Option) return value.isNone ? 'none' : worded(wording, value.unwrap());
  if (value.isErr === true) return `Err(${errorName(api, value.asErr)})`;
  if (value.isOk === true) return 'Ok';
  if (value.isModule !== undefined) return errorName(api, value);
  const text = String(value);
  const address = accounts.get(text);
  if (address !== undefined) return address;
  if (/^\d+$/.test(text)) return wordedNumber(numbers, BigInt(text));
  const timeless = text.replaceAll(/"block":\d+/g, '"block":BLOCK');
  return timeless.replaceAll(/\b5[1-9A-HJ-NP-Za-km-z]{47}\b/g, (each) => accounts.get(each) ?? 'another');
}

/** Its name, or itself. */
export const wordedNumber = (numbers: readonly NamedNumber[], number: bigint): string =>
  numbers.find(
    ({ value, tolerance = 0 }) => value !== 0n && Math.abs(Number(number - value)) <= Number(value) * tolerance,
  )?.name ?? number.toString();

/** As `subtensorModule.NeuronRegistered(1, 0, miner)`; fields with names as `name: value`. */
export function wordedEvent(wording: Wording, { section, method, data }: any): string {
  const names: readonly string[] = data.names ?? [];
  const fields = [...data].map((value: any, index) => {
    const name = names[index];
    return name === undefined ? worded(wording, value) : `${name}: ${worded(wording, value)}`;
  });
  return `${section}.${method}${fields.length === 0 ? '' : `(${fields.join(', ')})`}`;
}

/** As `subtensorModule.AmountTooLow` or `Token.FundsUnavailable`. */
export function errorName(api: any, error: any): string {
  if (error.isModule) {
    const { section, name } = api.registry.findMetaError(error.asModule);
    return `${section}.${name}`;
  }
  return error.isToken ? `Token.${error.asToken.type}` : error.type;
}
