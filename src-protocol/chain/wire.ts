import * as v from 'valibot';
import { toHex } from '../bytes.ts';
import { MAX_COMMITMENT_FIELD_BYTES, MAX_COMMITMENT_FIELDS, MAX_EMISSIONS_PER_QUERY } from './chain-client.ts';
import { MAX_CALL_BYTES } from './signed-call.ts';
import { amountRao, coldkey, count, hash32, hexBytes, hotkey, u16, uid } from './wire-values.ts';

/**
 * The devnet chain's JSON-RPC 2.0, shared by its server and its client: one JSON object a WebSocket message, parameters by
 * name, no batches. Amounts are decimal strings and bytes lower-case hex.
 */

/** Largest message that a client may send: a sealed call in hex, and some room. */
export const MAX_REQUEST_BYTES = 2 * MAX_CALL_BYTES + 4_096;
/** Largest message that a client takes: 4096 commitments of three full fields in hex fit. */
export const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;
/** A subnet cannot have more neurons (Subtensor's own limit is lower). */
const MAX_NEURONS = 4_096;

/** Pushed to clients that subscribed; `params` is a block header. */
export const NEW_BLOCK = 'chain_newBlock';

export const RPC_ERRORS = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  /** The chain understood and says no; `message` says why. */
  refused: -32_000,
  /** Too many requests at once. */
  busy: -32_005,
} as const;

export const blockHeaderSchema = v.object({ number: count, hash: hash32, timestampMs: count });

const infoSchema = v.object({
  genesisHash: hash32,
  name: v.pipe(v.string(), v.maxLength(100)),
  blockMs: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3_600_000)),
  tokenSymbol: v.pipe(v.string(), v.maxLength(20)),
});

const neuronSchema = v.object({
  uid,
  hotkey,
  coldkey,
  stakeRao: amountRao,
  validatorPermit: v.boolean(),
  registeredAtBlock: count,
  emissionRao: amountRao,
  incentive: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
});

const commitmentSchema = v.object({
  hotkey,
  block: count,
  fields: v.pipe(v.array(hexBytes(MAX_COMMITMENT_FIELD_BYTES)), v.maxLength(MAX_COMMITMENT_FIELDS)),
});

const emissionSchema = v.object({ block: count, hotkey, coldkey, amountRao });

const outcomeSchema = v.variant('kind', [
  v.object({ kind: v.literal('included'), block: count }),
  v.object({
    kind: v.literal('refused'),
    error: v.pipe(v.string(), v.maxLength(100)),
    message: v.pipe(v.string(), v.maxLength(1_000)),
  }),
]);

const none = v.strictObject({});
const ofSubnet = v.strictObject({ netuid: u16 });

/** Every method: what it takes, what it gives. */
export const chainMethods = {
  chain_info: { params: none, result: infoSchema },
  chain_head: { params: none, result: blockHeaderSchema },
  chain_block: { params: v.strictObject({ number: count }), result: v.nullable(blockHeaderSchema) },
  /** From now on each new block comes as a `NEW_BLOCK` notification; the result is the head. */
  chain_subscribeBlocks: { params: none, result: blockHeaderSchema },
  subnet_info: { params: ofSubnet, result: v.object({ netuid: u16, ownerHotkey: hotkey, tempo: count }) },
  subnet_neurons: { params: ofSubnet, result: v.pipe(v.array(neuronSchema), v.maxLength(MAX_NEURONS)) },
  /** Of these hotkeys, or of all. */
  subnet_commitments: {
    params: v.strictObject({
      netuid: u16,
      hotkeys: v.nullable(v.pipe(v.array(hotkey), v.maxLength(MAX_NEURONS))),
    }),
    result: v.pipe(v.array(commitmentSchema), v.maxLength(MAX_NEURONS)),
  },
  account_balance: { params: v.strictObject({ account: coldkey }), result: amountRao },
  /** The nonce of the signer's next call, calls that wait for a block included. */
  account_nonce: { params: v.strictObject({ account: coldkey }), result: count },
  emission_history: {
    params: v.strictObject({ hotkey, afterBlock: v.pipe(v.number(), v.safeInteger(), v.minValue(-1)) }),
    result: v.pipe(v.array(emissionSchema), v.maxLength(MAX_EMISSIONS_PER_QUERY)),
  },
  /** Answers when a block includes the call, or the chain refuses it. */
  call_submit: { params: v.strictObject({ call: hexBytes(MAX_CALL_BYTES) }), result: outcomeSchema },
} as const;

export type ChainMethod = keyof typeof chainMethods;
export type ChainParams<M extends ChainMethod> = v.InferOutput<(typeof chainMethods)[M]['params']>;
export type ChainResult<M extends ChainMethod> = v.InferOutput<(typeof chainMethods)[M]['result']>;

export const isChainMethod = (name: string): name is ChainMethod => Object.hasOwn(chainMethods, name);

/** JSON of a message that may hold amounts (bigint) and bytes: the inverse of the schemas above. */
export function toWireJson(message: unknown): string {
  return JSON.stringify(message, function (this: Readonly<Record<string, unknown>>, key, value: unknown) {
    // Node's Buffer, which is a Uint8Array, has already turned itself into an object in `value`.
    const original = this[key];
    if (original instanceof Uint8Array) return toHex(original);
    return typeof value === 'bigint' ? value.toString() : value;
  });
}
