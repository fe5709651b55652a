import { errorCode, errorMessage, MillraceError, ProtocolError } from '#protocol/errors.ts';
import { MAX_EXPORTED_MANIFESTS } from '#protocol/export/folder.ts';
import type { BlobHash, Hotkey, RunId } from '#protocol/ids.ts';
import { type FetchBytes, type SignedManifest, walkBack } from './walk-back.ts';

export interface FindRoundOptions {
  readonly run: RunId;
  /** `null`: the newest. */
  readonly round: number | null;
  readonly validators: ReadonlySet<Hotkey>;
  readonly fetchBytes: FetchBytes;
}

/**
 * The signed manifest of a round, looked for from the newest one back.
 * @throws MillraceError NOT_FOUND that names the nearest rounds which have one; ProtocolError for a manifest that is not to be believed
 */
export async function findRound(newest: BlobHash, options: FindRoundOptions): Promise<SignedManifest> {
  const { round } = options;
  let after: SignedManifest | null = null;
  try {
    for await (const link of walkBack(newest, options.fetchBytes)) {
      checkLink(link, after === null, options);
      const at = link.manifest.round;
      if (round === null || at === round) return link;
      if (at < round) {
        const next = after?.manifest.round;
        const nearest =
          next === undefined
            ? `the newest is that of round ${at}`
            : `the nearest are those of rounds ${at} and ${next}`;
        throw notFound(round, nearest);
      }
      after = link;
    }
  } catch (cause) {
    if (errorCode(cause) !== 'BLOB_MISSING' || after === null || round === null) throw cause;
    const oldest = after.manifest.round;
    const message = `The manifest of round ${round} cannot be had: nobody who was reached keeps manifests before round ${oldest}`;
    throw new MillraceError('NOT_FOUND', `${message} (${errorMessage(cause)})`, { cause });
  }
  throw notFound(round ?? 0, `the first is that of round ${after?.manifest.round ?? 0}`);
}

/** The newest is a validator's of today; those before it are known by their hash, whoever validated then. */
function checkLink(
  { hash, signer, manifest }: SignedManifest,
  isNewest: boolean,
  { run, validators }: FindRoundOptions,
): void {
  if (isNewest && !validators.has(signer)) {
    throw new ProtocolError(`Manifest ${hash} is signed by ${signer}, who is no validator`);
  }
  if (manifest.run !== run) throw new ProtocolError(`Manifest ${hash} belongs to another run`);
}

const notFound = (round: number, nearest: string): MillraceError =>
  new MillraceError('NOT_FOUND', `Round ${round} has no manifest; ${nearest}`);

/**
 * The manifests that lead to a round, newest first: back to the state that it was made from, a checkpoint or the run's beginning,
 * as far as they can be had.
 */
export async function* walkToBase(
  target: SignedManifest,
  fetchBytes: FetchBytes,
): AsyncGenerator<SignedManifest, void, void> {
  const { checkpoint } = target.manifest;
  let yielded = 0;
  try {
    for await (const link of walkBack(target.hash, fetchBytes)) {
      yield link;
      yielded += 1;
      if (link.manifest.previous === checkpoint.manifest || yielded === MAX_EXPORTED_MANIFESTS) return;
    }
  } catch (error) {
    // A replica that found a shorter way had no need of them.
    if (errorCode(error) !== 'BLOB_MISSING') throw error;
  }
}
