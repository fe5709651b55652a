import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import type { Manifest } from '#protocol/round/manifest.ts';
import type { WorkerRound } from '#protocol/worker-messages.ts';
import type { EncodedTensor } from '#protocol/update/update-blob.ts';

/** A round that this worker has trained and whose verdict is still open. */
export interface PendingRound {
  readonly round: number;
  readonly loss: number;
  readonly tokensPerSecond: number;
  /** See WorkerProgress. */
  readonly gradientNorm: number | null;
  readonly innerSteps: number;
  /** From the last inner step to the validators' answers. */
  readonly overheadMs: number;
  readonly blob: BlobHash;
  readonly updateBytes: number;
  /** What was taken out of the error buffer, to be put back if nobody merges it. */
  readonly sent: readonly EncodedTensor[];
  /** Why no validator took the announcement; `null` when one did. */
  readonly refusal: string | null;
}

export interface Settled {
  readonly report: WorkerRound;
  /** Whether the update is part of the new state. */
  readonly merged: boolean;
}

/** The verdict on a pending round. `manifest` is the round's, or `null` when the round ended without one. */
export function settleRound(
  pending: PendingRound,
  manifest: Manifest | null,
  hotkey: Hotkey,
  roundBlocks: number,
): Settled {
  const result = manifest?.results.find((entry) => entry.hotkey === hotkey) ?? null;
  const missing =
    manifest === null
      ? 'The round ended without a manifest: no validator answered in time'
      : 'The validator did not score this update';
  const { round, loss, tokensPerSecond, innerSteps, updateBytes } = pending;
  return {
    report: {
      round,
      roundBlocks,
      loss,
      tokensPerSecond,
      innerSteps,
      updateBytes,
      score: result?.score ?? null,
      scoreReason: result?.reason ?? pending.refusal ?? missing,
      stateRoot: manifest?.stateRoot ?? null,
      evalLoss: manifest?.evalLoss ?? null,
    },
    merged: manifest?.entries.some((entry) => entry.hotkey === hotkey && entry.blob === pending.blob) ?? false,
  };
}

/** Puts an update that nobody merged back into the error buffer, so that the work is not lost. */
export function returnToErrors(sent: readonly EncodedTensor[], errors: readonly Float32Array[]): void {
  for (const [tensor, { indices, levels, codes }] of sent.entries()) {
    const error = errors[tensor];
    if (error === undefined) continue;
    for (const [i, index] of indices.entries()) error[index] = (error[index] ?? 0) + (levels[codes[i] ?? 0] ?? 0);
  }
}
