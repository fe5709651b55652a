import type { ApiPromise } from '@polkadot/api';
import type { Call } from '@polkadot/types/interfaces';
import type { Option, Raw } from '@polkadot/types-codec';
import type { ShownLine } from '#protocol/contract/extension.ts';
import { ProtocolError } from '#protocol/errors.ts';

/** What an extension may learn of a chain to show its calls, and what shows them here. */
export interface ExtensionChain {
  readonly name: string;
  /** With `0x`, as the next ones. */
  readonly genesisHash: string;
  readonly specVersion: number;
  /** The whole metadata, version 15 where the chain has it. */
  readonly rawMetadata: string;
  /** Base64 of the calls' part of the metadata, which older extensions decode with. */
  readonly metaCalls: string;
  /** The words of a call's bytes. @param method in hex @throws ProtocolError when they are no call of this chain */
  readonly decodeCall: (method: string) => readonly ShownLine[];
}

const METADATA_VERSION = 15;
/** A value is read by a person. */
const MAX_VALUE_CHARACTERS = 500;
const MAX_LINES = 64;

/** Reads all of it from the chain: `connection.ask('Describing the chain', describeChain)`. */
export async function describeChain(api: ApiPromise): Promise<ExtensionChain> {
  const [name, newest] = await Promise.all([api.rpc.system.chain(), metadataOf(api)]);
  return {
    name: name.toString(),
    genesisHash: api.genesisHash.toHex(),
    specVersion: api.runtimeVersion.specVersion.toNumber(),
    rawMetadata: newest ?? api.runtimeMetadata.toHex(),
    metaCalls: Buffer.from(api.runtimeMetadata.asCallsOnly.toU8a()).toString('base64'),
    decodeCall: (method) => decodeCall(api, method),
  };
}

/** `null`: the chain has only an older one. */
async function metadataOf(api: ApiPromise): Promise<string | null> {
  const read = api.call['metadata']?.['metadataAtVersion'];
  if (read === undefined) return null;
  const found: unknown = await read(METADATA_VERSION);
  if (!isOption(found)) return null;
  return found.isSome ? found.unwrap().toHex() : null;
}

const isOption = (value: unknown): value is Option<Raw> =>
  typeof value === 'object' && value !== null && 'isSome' in value && 'unwrap' in value;

function decodeCall(api: ApiPromise, method: string): readonly ShownLine[] {
  let call: Call;
  try {
    call = api.registry.createType('Call', method);
  } catch (cause) {
    throw new ProtocolError('What is to be signed is no call of this chain', { cause });
  }
  if (call.toHex() !== method) throw new ProtocolError('What is to be signed has bytes that are no part of its call');
  const lines = linesOf(call);
  if (lines.length > MAX_LINES) throw new ProtocolError('What is to be signed is too long to be read');
  return lines;
}

function linesOf(call: Call): readonly ShownLine[] {
  const name: ShownLine = { label: 'Call', value: `${call.section}.${call.meta.name.toString()}` };
  const args = call.meta.args.flatMap((meta, index) => {
    const arg = call.args[index];
    const inner: unknown = Array.isArray(arg) ? arg : [arg];
    const calls = (inner as readonly unknown[]).filter(isCall);
    if (calls.length > 0) return calls.flatMap(linesOf);
    return [{ label: meta.name.toString(), value: wordsOf(arg?.toHuman()) }];
  });
  return [name, ...args];
}

const isCall = (value: unknown): value is Call =>
  typeof value === 'object' && value !== null && 'callIndex' in value && 'argsEntries' in value;

function wordsOf(human: unknown): string {
  const words = typeof human === 'string' ? human : JSON.stringify(human ?? null);
  return words.length <= MAX_VALUE_CHARACTERS ? words : `${words.slice(0, MAX_VALUE_CHARACTERS)}…`;
}
