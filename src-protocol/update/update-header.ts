import { concatBytes, fromHex, toHex, uint32At, uint32Bytes, utf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { Hotkey, RunId, StateRoot } from '../ids.ts';
import { publicKeyOf } from '../keys.ts';
import type { RunSpec } from '../run-spec.ts';

/** "Millrace update". */
const MAGIC = utf8('MRUP');
/** 2: the header names the maker. */
const VERSION = 2;
const [RUN_AT, ROUND_AT, SHARD_AT, ROOT_AT, TOKENS_AT, MAKER_AT] = [8, 40, 44, 48, 80, 88];
export const HEADER_BYTES = 120;

/** A model of one shard has no other. */
export const ONLY_SHARD = 0;

/** What an update must be for: whoever reads one knows it. */
export interface UpdateTarget {
  readonly run: RunId;
  readonly round: number;
  readonly shard: number;
  /** Root of the state that the update starts from. */
  readonly baseRoot: StateRoot;
  /** Who hands it in: nobody else can hand in the same bytes, whoever is the first to announce them. */
  readonly maker: Hotkey;
}

export interface UpdateHeader extends UpdateTarget {
  /** Tokens that were trained on: whole inner steps. */
  readonly tokens: number;
}

export const tokensPerStep = (spec: Pick<RunSpec, 'inner' | 'model'>): number =>
  spec.inner.batchSize * spec.model.sequenceLength;

export const encodeUpdateHeader = ({ run, round, shard, baseRoot, maker, tokens }: UpdateHeader): Uint8Array =>
  concatBytes(
    MAGIC,
    ...[VERSION].map(uint32Bytes),
    fromHex(run),
    ...[round, shard].map(uint32Bytes),
    fromHex(baseRoot),
    ...[tokens % 2 ** 32, Math.floor(tokens / 2 ** 32)].map(uint32Bytes),
    publicKeyOf(maker),
  );

/**
 * Why these bytes are an update that this program is too old or too new for, in words; `null` when they are not. Their sender has to
 * fetch another program, and has done nothing wrong.
 */
export function versionProblem(blob: Uint8Array): string | null {
  if (blob.length < RUN_AT || toHex(blob.subarray(0, MAGIC.length)) !== toHex(MAGIC)) return null;
  const version = uint32At(blob.subarray(MAGIC.length, RUN_AT));
  return version === VERSION ? null : `Update has version ${version}, this program reads ${VERSION}`;
}

/** @returns tokens @throws ProtocolError that says what is not as expected */
export function decodeUpdateHeader(spec: RunSpec, expected: UpdateTarget, blob: Uint8Array): number {
  const otherVersion = versionProblem(blob); // first: an older header may be shorter
  if (otherVersion !== null) throw new ProtocolError(otherVersion);
  if (blob.length < HEADER_BYTES) throw new ProtocolError(`Update of ${blob.length} bytes is cut off`);
  const number = (at: number): number => uint32At(blob.subarray(at, at + 4));
  const hex = (at: number): string => toHex(blob.subarray(at, at + 32));
  if (toHex(blob.subarray(0, MAGIC.length)) !== toHex(MAGIC)) throw new ProtocolError('Not an update');
  if (hex(RUN_AT) !== expected.run) throw new ProtocolError('Update is for another run');
  const round = number(ROUND_AT);
  if (round !== expected.round) throw new ProtocolError(`Update is for round ${round}, not ${expected.round}`);
  const shard = number(SHARD_AT);
  if (shard !== expected.shard) throw new ProtocolError(`Update is for shard ${shard}, not ${expected.shard}`);
  if (hex(ROOT_AT) !== expected.baseRoot) throw new ProtocolError('Update starts from another state');
  if (hex(MAKER_AT) !== toHex(publicKeyOf(expected.maker)))
    throw new ProtocolError('Update was made by another worker');
  const tokens = number(TOKENS_AT) + 2 ** 32 * number(TOKENS_AT + 4);
  const steps = tokens / tokensPerStep(spec);
  if (!Number.isInteger(steps) || steps < 1 || steps > spec.inner.steps) {
    throw new ProtocolError(
      `Update claims ${tokens} tokens, not 1 to ${spec.inner.steps} steps of ${tokensPerStep(spec)}`,
    );
  }
  return tokens;
}
