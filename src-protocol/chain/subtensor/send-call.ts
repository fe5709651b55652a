import type { ApiPromise } from '@polkadot/api';
import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { DispatchError, EventRecord, Header } from '@polkadot/types/interfaces';
import type { IKeyringPair } from '@polkadot/types/types';
import type { Vec } from '@polkadot/types-codec';
import { concatBytes } from '../../bytes.ts';
import { errorCode, errorMessage } from '../../errors.ts';
import { type KeyPair, sign } from '../../keys.ts';
import type { CallOutcome } from '../chain-client.ts';
import type { SubtensorConnection } from './connection.ts';
import { storage } from './items.ts';
import { dispatchRefusal, expired, poolRefusal } from './refusal.ts';

/** Blocks in which a transaction may be included; then it is void, and may be sent anew without being paid twice. */
const LIFETIME_BLOCKS = 64;
/** `MultiSignature`'s number for sr25519. */
const SR25519 = 1;

export type Submittable = SubmittableExtrinsic<'promise'>;

/** A transaction that was signed, and may be in a block some time until its life ends. */
export interface SentCall {
  /** With `0x`. */
  readonly hash: string;
  /** It is in no block up to this one. */
  readonly afterBlock: number;
}

/**
 * Signs a call and hands it to the chain. A connection that breaks leaves it open whether it arrived: `findCall` finds out, and
 * nothing is ever sent again by itself.
 * @throws MillraceError CHAIN_UNREACHABLE, TIMEOUT, ABORTED
 */
export async function sendCall(
  connection: SubtensorConnection,
  make: (api: ApiPromise) => Submittable | Promise<Submittable>,
  signer: KeyPair,
  signal?: AbortSignal,
): Promise<SentCall | Extract<CallOutcome, { readonly kind: 'refused' }>> {
  const signed = await connection.ask('Signing a call', async (api) => signCall(api, await make(api), signer), signal);
  try {
    await connection.act('author_submitExtrinsic', [signed.extrinsic.toHex()], signal);
  } catch (error) {
    const refused = errorCode(error) === 'CHAIN_REFUSED' ? poolRefusal(errorMessage(error)) : null;
    if (refused !== null) return refused;
    // Whether it has arrived is not known, and shows in the blocks.
    if (errorCode(error) !== 'CHAIN_UNREACHABLE' && errorCode(error) !== 'TIMEOUT') throw error;
  }
  return { hash: signed.extrinsic.hash.toHex(), afterBlock: signed.afterBlock };
}

async function signCall(api: ApiPromise, call: Submittable, signer: KeyPair) {
  const [nonce, header] = await Promise.all([api.rpc.system.accountNextIndex(signer.address), birthOf(api)]);
  const era = api.registry.createType('ExtrinsicEra', { current: header.number.toNumber(), period: LIFETIME_BLOCKS });
  const extrinsic = await call.signAsync(asKeyring(signer), { nonce, era, blockHash: header.hash });
  return { extrinsic, afterBlock: header.number.toNumber() };
}

/** A block that will not be taken back: a transaction whose life begins in one that is, is void. */
async function birthOf(api: ApiPromise): Promise<Header> {
  const [finalized, best] = await Promise.all([
    api.rpc.chain.getFinalizedHead().then((hash) => api.rpc.chain.getHeader(hash)),
    api.rpc.chain.getHeader(),
  ]);
  const lag = best.number.toNumber() - finalized.number.toNumber();
  return lag > LIFETIME_BLOCKS / 2 ? best : finalized;
}

const asKeyring = (pair: KeyPair): IKeyringPair => ({
  address: pair.address,
  addressRaw: pair.publicKey,
  publicKey: pair.publicKey,
  sign: (data, options) => {
    const signature = sign(data, pair);
    return options?.withType === true ? concatBytes(Uint8Array.of(SR25519), signature) : signature;
  },
});

/**
 * What became of a call in the blocks up to `headNumber`: `null` while it may still come.
 * @param from the first block that has not been looked at
 */
export async function findCall(
  api: ApiPromise,
  { hash, afterBlock }: SentCall,
  from: number,
  headNumber: number,
): Promise<CallOutcome | null> {
  const last = afterBlock + LIFETIME_BLOCKS;
  for (let number = from; number <= Math.min(headNumber, last); number += 1) {
    const blockHash = await api.rpc.chain.getBlockHash(number);
    const { block } = await api.rpc.chain.getBlock(blockHash);
    const place = block.extrinsics.findIndex((extrinsic) => extrinsic.hash.toHex() === hash);
    if (place === -1) continue;
    return (await failureOf(api, blockHash, place)) ?? { kind: 'included', block: number };
  }
  return headNumber >= last ? expired() : null;
}

async function failureOf(
  api: ApiPromise,
  blockHash: Parameters<ApiPromise['at']>[0],
  place: number,
): Promise<CallOutcome | null> {
  const events = (await storage(await api.at(blockHash), 'system', 'events')()) as unknown as Vec<EventRecord>;
  for (const { phase, event } of events) {
    if (!phase.isApplyExtrinsic || phase.asApplyExtrinsic.toNumber() !== place) continue;
    if (event.section === 'system' && event.method === 'ExtrinsicFailed') {
      return dispatchRefusal(api, event.data[0] as DispatchError);
    }
  }
  return null;
}
