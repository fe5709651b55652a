import type { ApiPromise } from '@polkadot/api';
import type { Signer, SignerResult, SubmittableExtrinsic } from '@polkadot/api/types';
import type { DispatchError, EventRecord, ExtrinsicEra, Header, Index } from '@polkadot/types/interfaces';
import type { IKeyringPair, SignerPayloadJSON } from '@polkadot/types/types';
import type { Vec } from '@polkadot/types-codec';
import { u8aToHex } from '@polkadot/util';
import { concatBytes } from '../../bytes.ts';
import { errorCode, errorMessage, ProtocolError } from '../../errors.ts';
import { type KeyPair, sign } from '../../keys.ts';
import type { CallOutcome } from '../chain-client.ts';
import { isOverByClock, lastBlockOf, LIFETIME_BLOCKS, type SentCall } from './call-life.ts';
import { checkExtras, checkSignature, checkTransaction } from './check-signed.ts';
import type { SubtensorConnection } from './connection.ts';
import { storage } from './items.ts';
import type { LiveChain } from './live-chain.ts';
import { dispatchRefusal, expired, poolRefusal } from './refusal.ts';

/** What a node says of a transaction that it has: another node may have passed it on, or the answer to the first sending was lost. */
const ALREADY_THERE = /already imported/i;
/** `MultiSignature`'s number for sr25519. */
const SR25519 = 1;

export type Submittable = SubmittableExtrinsic<'promise'>;
export type Refused = Extract<CallOutcome, { readonly kind: 'refused' }>;

/** Asks somebody else for a signature, such as a person's browser extension: `signPayload` may take minutes, or refuse by an error. */
interface ExternalSigner {
  readonly address: string;
  readonly signPayload: NonNullable<Signer['signPayload']>;
}

export type CallSigner = KeyPair | ExternalSigner;

/** A transaction that can be sent, once. */
export interface SignedCall extends SentCall {
  /** The whole of it, in hex with `0x`. */
  readonly encoded: string;
  /** Its place among the account's transactions: of two with the same at most one comes to be. */
  readonly nonce: number;
}

/**
 * Signs a call, which is not sent yet: who must know of it after a crash writes its hash down first.
 * @param mostNonce that of a call which may be on its way though the node said no: what is signed now must not come to be beside it
 * @throws MillraceError CHAIN_UNREACHABLE, TIMEOUT, ABORTED; ProtocolError when the node describes other
 * transactions than Subtensor's, or an external signer signed something else; what it throws
 */
export async function signCall(
  { connection, nowMs }: Pick<LiveChain, 'connection' | 'nowMs'>,
  make: (api: ApiPromise) => Submittable | Promise<Submittable>,
  signer: CallSigner,
  signal?: AbortSignal,
  mostNonce = Infinity,
): Promise<SignedCall> {
  const unsigned = await connection.ask('Preparing a call', (api) => prepareCall(api, make, signer.address), signal);
  const nonce = unsigned.options.nonce.toNumber();
  if (nonce > mostNonce)
    throw new ProtocolError(
      'The node counts a transaction that it said it refused, or another wallet has sent one: an order that was refused may be on its way. Nothing was signed. In some minutes the history says what became of it.',
    );
  const begunAtMs = nowMs();
  // A person may take longer than the chain may.
  const extrinsic = await signPrepared(unsigned, signer);
  return {
    encoded: extrinsic.toHex(),
    hash: extrinsic.hash.toHex(),
    afterBlock: unsigned.afterBlock,
    begunAtMs,
    nonce,
  };
}

/**
 * Hands a signed call to the chain: once, whatever comes of it. `null`: the chain has it, or the connection broke and whether it
 * arrived shows in the blocks (`findCall`).
 * @throws MillraceError ABORTED, and CHAIN_REFUSED by words that say nothing of the call
 */
export async function deliverCall(
  connection: SubtensorConnection,
  { encoded }: SignedCall,
  signal?: AbortSignal,
): Promise<Refused | null> {
  try {
    await connection.act('author_submitExtrinsic', [encoded], signal);
  } catch (error) {
    const isRefusal = errorCode(error) === 'CHAIN_REFUSED';
    if (isRefusal && ALREADY_THERE.test(errorMessage(error))) return null;
    const refused = isRefusal ? poolRefusal(errorMessage(error)) : null;
    if (refused !== null) return refused;
    if (errorCode(error) !== 'CHAIN_UNREACHABLE' && errorCode(error) !== 'TIMEOUT') throw error;
  }
  return null;
}

interface PreparedCall {
  readonly call: Submittable;
  readonly afterBlock: number;
  readonly options: { readonly nonce: Index; readonly era: ExtrinsicEra; readonly blockHash: Header['hash'] };
}

async function prepareCall(
  api: ApiPromise,
  make: (api: ApiPromise) => Submittable | Promise<Submittable>,
  address: string,
): Promise<PreparedCall> {
  const call = await make(api);
  checkExtras(call.registry);
  const [nonce, header] = await Promise.all([api.rpc.system.accountNextIndex(address), birthOf(api)]);
  const current = header.number.toNumber();
  const era = api.registry.createType('ExtrinsicEra', { current, period: LIFETIME_BLOCKS });
  return { call, afterBlock: current, options: { nonce, era, blockHash: header.hash } };
}

async function signPrepared({ call, afterBlock, options }: PreparedCall, signer: CallSigner): Promise<Submittable> {
  if ('secretKey' in signer) return call.signAsync(asKeyring(signer), options);
  const { address, signPayload } = signer;
  const { registry } = call;
  let transaction: string | undefined;
  const askSigner = async (payload: SignerPayloadJSON): Promise<SignerResult> => {
    // The library leaves the block out when it need not ask for it; wallets show by it until when the call lives.
    const result = await signPayload({
      ...payload,
      blockNumber: registry.createType('BlockNumber', afterBlock).toHex(),
    });
    checkSignature(registry, payload, result.signature);
    transaction = result.signedTransaction === undefined ? undefined : asHex(result.signedTransaction);
    return { id: result.id, signature: result.signature };
  };
  const signed = await call.signAsync(address, {
    ...options,
    ...{ signer: { signPayload: askSigner }, withSignedTransaction: true, allowCallDataAlteration: false },
  });
  // A signer may give back a transaction of its own: nothing in it may be other than what was asked for.
  if (transaction !== undefined) checkTransaction(registry, transaction, signed.toHex());
  return signed;
}

const asHex = (bytes: string | Uint8Array): string => (typeof bytes === 'string' ? bytes : u8aToHex(bytes));

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

/** What became of a call, and which block has it: none of one that is void. */
export interface FoundCall {
  readonly outcome: CallOutcome;
  readonly block: number | null;
}

/** Blocks to look at. */
interface LookedAt {
  /** The first that was not looked at while it was final. */
  readonly from: number;
  readonly head: number;
  /** Blocks up to this one cannot be taken back, as the node says. */
  readonly final: number;
  /** By this machine's clock. */
  readonly nowMs: number;
}

/**
 * What became of a call in the blocks up to the head: `null` while it may still come. None can have it any more only when the last
 * block of its life is final, because until then another block with it may take the place of one without, and only when its life
 * is over by our own clock too, because a node may call final what is not. All blocks are looked at once more then, lest another
 * node than before tell of others, or show another content of the same: a node may leave out what it likes.
 * @param seen of blocks without it, which need not be looked at again; those of this time are added
 * @throws ProtocolError when the node does not show a block that it has told of
 */
export async function findCall(
  api: ApiPromise,
  sent: SentCall,
  { from, head, final, nowMs }: LookedAt,
  seen: Set<string>,
): Promise<FoundCall | null> {
  const last = lastBlockOf(sent);
  const isOver = Math.min(head, final) >= last && isOverByClock(api, sent, nowMs);
  const until = Math.min(head, last);
  // What was seen in the last look counts alone: it may take several tries, and is not to begin anew with each.
  const markOf = (blockHash: string): string => (isOver ? `last ${blockHash}` : blockHash);
  for (let first = isOver ? sent.afterBlock + 1 : from; first <= until; first += BLOCKS_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(BLOCKS_AT_ONCE, until - first + 1) }, (_, i) => first + i);
    // At once: on a slow line one after the other takes longer than the chain needs for a new one.
    for (const found of await Promise.all(
      numbers.map((number) => placeIn(api, number, sent.hash, (hash) => seen.has(markOf(hash)))),
    )) {
      if (found === null) continue;
      const { number, blockHash, place } = found;
      if (place !== -1) {
        const failure = await failureOf(api, blockHash, place);
        return { outcome: failure ?? { kind: 'included', block: number }, block: number };
      }
      seen.add(markOf(blockHash.toHex()));
    }
  }
  return isOver ? { outcome: expired(), block: null } : null;
}

/** Blocks that are looked at side by side. */
const BLOCKS_AT_ONCE = 8;

/** Where a call is in a block, −1: nowhere; `null` for a block that was seen before. */
async function placeIn(api: ApiPromise, number: number, hash: string, isSeen: (blockHash: string) => boolean) {
  const blockHash = await api.rpc.chain.getBlockHash(number);
  if (blockHash.isEmpty) throw new ProtocolError(`The node has told of block ${number}, and does not show it`);
  if (isSeen(blockHash.toHex())) return null;
  const { block } = await api.rpc.chain.getBlock(blockHash);
  return { number, blockHash, place: block.extrinsics.findIndex((each) => each.hash.toHex() === hash) };
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
