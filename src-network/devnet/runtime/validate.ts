import { concatBytes, toHex } from '#protocol/bytes.ts';
import { account, blockHash, BLOCK_HASH_COUNT } from '../pallets/system.ts';
import { SIGNED_EXTENSIONS } from '../metadata/extensions.ts';
import { birthBlock } from './era.ts';
import { type Extrinsic, type SignedPart, signedPayload, verifySignature } from './extrinsic.ts';
import { inclusionFeeRao, totalFeeRao } from './fees.ts';
import { EXISTENTIAL_DEPOSIT, freeBalance } from './money.ts';
import type { Runtime } from './runtime.ts';
import type { State } from './state.ts';
import { RUNTIME_VERSION } from './version.ts';

/** Why a transaction cannot be in a block, by Substrate's names (sp_runtime::transaction_validity). */
export type Invalidity = 'Call' | 'Payment' | 'Future' | 'Stale' | 'BadProof' | 'AncientBirthBlock' | 'BadSigner';

export interface TransactionRules {
  readonly runtime: Runtime;
  readonly genesisHash: Uint8Array;
  /** Hash of this chain's metadata (RFC 78); `null` when nobody may sign one. */
  readonly metadataHash: Uint8Array | null;
}

/**
 * Whether a transaction may be in the next block.
 * @param state after the newest block and what waits before this transaction
 * @param nextBlock its number
 */
export function invalidity(
  rules: TransactionRules,
  state: State,
  nextBlock: number,
  extrinsic: Extrinsic,
): Invalidity | null {
  const { signed, call } = extrinsic;
  if (signed === null) return 'BadSigner';
  const definition = rules.runtime.callOf(call);
  if (definition === null) return 'Call';
  const implicit = implicitBytes(rules, state, nextBlock, signed);
  if (implicit === null) return 'AncientBirthBlock';
  const { nonce } = state.get(account, signed.signer);
  if (signed.nonce < nonce) return 'Stale';
  if (signed.nonce > nonce) return 'Future';
  if (!isSigned(signed, implicit)) return 'BadProof';
  const fee = totalFeeRao(inclusionFeeRao(definition, extrinsic.encoded.length)) + signed.tipRao;
  if (fee > 0n && freeBalance(state, signed.signer) < fee + EXISTENTIAL_DEPOSIT) return 'Payment';
  return null;
}

/** What a signature was found to be of: a transaction is checked when it comes and again in its block, and that costs most of both. */
const verified = new WeakMap<SignedPart, string>();

function isSigned(signed: SignedPart, implicit: Uint8Array): boolean {
  const payload = signedPayload(signed, implicit);
  const words = toHex(payload);
  if (verified.get(signed) === words) return true;
  if (!verifySignature(signed, payload)) return false;
  verified.set(signed, words);
  return true;
}

/** What both sides know and the signature covers; `null` when the block that it counts from is forgotten. */
function implicitBytes(
  rules: TransactionRules,
  state: State,
  nextBlock: number,
  { mortality, signsMetadataHash }: SignedPart,
): Uint8Array | null {
  const birth = birthBlock(mortality, nextBlock - 1);
  if (mortality !== null && (birth + mortality.period < nextBlock || nextBlock - birth > BLOCK_HASH_COUNT)) return null;
  const birthHash = mortality === null ? rules.genesisHash : (state.find(blockHash, birth) ?? null);
  return birthHash === null ? null : implicitOf(rules, birthHash, signsMetadataHash);
}

/** @param birthHash of the block that the mortality counts from; the genesis block's when it is immortal */
export function implicitOf(
  { genesisHash, metadataHash }: Pick<TransactionRules, 'genesisHash' | 'metadataHash'>,
  birthHash: Uint8Array,
  signsMetadataHash: boolean,
): Uint8Array {
  const values: Readonly<Record<string, unknown>> = {
    CheckSpecVersion: RUNTIME_VERSION.specVersion,
    CheckTxVersion: RUNTIME_VERSION.transactionVersion,
    CheckGenesis: genesisHash,
    CheckMortality: birthHash,
    CheckMetadataHash: signsMetadataHash ? (metadataHash ?? undefined) : undefined,
  };
  return concatBytes(...SIGNED_EXTENSIONS.map(({ identifier, implicit }) => implicit.codec.enc(values[identifier])));
}
