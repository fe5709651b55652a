import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import type { Manifest } from '#protocol/round/manifest.ts';
import type { WorkerRound } from '#protocol/worker-messages.ts';

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
  /** The parts of the update, to be put back into the error buffer if nobody merges it. */
  readonly sent: readonly Uint8Array[];
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
