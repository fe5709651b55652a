import { assertNever } from '#protocol/assert-never.ts';
import type { Hotkey } from '#protocol/ids.ts';
import type { Manifest } from '#protocol/round/manifest.ts';
import type { WorkerRound } from '#protocol/worker-messages.ts';
import type { LinkedManifest } from '../run/manifest-chain.ts';
import type { SentUpdate } from './error-buffer-header.ts';

/** A round that this worker has trained and whose verdict is still open. */
export interface PendingRound extends SentUpdate {
  /** From the last inner step to the stored update. */
  readonly overheadMs: number;
  /** The parts of the update, to be put back into the error buffer if nobody merges it; `null` when its blob is lost. */
  readonly parts: readonly Uint8Array[] | null;
  /** Why no validator took the announcement; `null` when one did, or may have. */
  readonly refusal: string | null;
}

/** What became of a round. */
export type Verdict =
  | { readonly kind: 'manifest'; readonly manifest: Manifest; readonly signer: Hotkey }
  /** It ended without a manifest: nothing of it was merged. */
  | { readonly kind: 'none' }
  /** The manifests that can be had do not lead back to it any more. */
  | { readonly kind: 'unknown'; readonly why: string };

/** @param manifests one after the other, the oldest first; the newest is not before `round` */
export function verdictOn(round: number, manifests: readonly LinkedManifest[]): Verdict {
  const own = manifests.find(({ manifest }) => manifest.round === round);
  if (own !== undefined) return { kind: 'manifest', manifest: own.manifest, signer: own.signer };
  const oldest = manifests[0]?.manifest;
  if (oldest === undefined || oldest.round < round || oldest.previous === null) return { kind: 'none' };
  return { kind: 'unknown', why: `the manifest before round ${oldest.round} is gone` };
}

export interface Settled {
  readonly report: WorkerRound;
  /** Whether the update is part of the new state, or may be: then nothing of it goes back. */
  readonly merged: boolean;
}

export function settleRound(pending: PendingRound, verdict: Verdict, hotkey: Hotkey, roundBlocks: number): Settled {
  const manifest: Manifest | null = verdict.kind === 'manifest' ? verdict.manifest : null;
  const result = manifest?.results.find((entry) => entry.hotkey === hotkey) ?? null;
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
      reputation: result?.reputation ?? null,
      scoreReason: scoreReason(verdict, result) ?? pending.refusal ?? withoutScore(verdict.kind, pending),
      stateRoot: manifest?.stateRoot ?? null,
      evalLoss: manifest?.evalLoss ?? null,
    },
    merged:
      verdict.kind === 'unknown' ||
      (manifest?.entries.some((entry) => entry.hotkey === hotkey && entry.blob === pending.blob) ?? false),
  };
}

/** Nobody checks a lead's words about a worker: they are shown as what they are. */
const scoreReason = (verdict: Verdict, result: { readonly reason: string } | null): string | null =>
  verdict.kind === 'manifest' && result !== null
    ? `Validator ${verdict.signer.slice(0, SHOWN_OF_HOTKEY)}…: ${result.reason}`
    : null;

/** As much as tells validators apart. */
const SHOWN_OF_HOTKEY = 8;

function withoutScore(kind: Verdict['kind'], { parts }: PendingRound): string {
  switch (kind) {
    case 'manifest':
      return 'The validator did not score this update';
    case 'none': {
      const after = parts === null ? 'This update is lost' : 'What this update holds goes into the next one';
      return `Skipped: the validators settled on no manifest in time. ${after}`;
    }
    case 'unknown':
      return 'Whether this update was merged can no longer be found out';
    default:
      return assertNever(kind, 'verdict on a round');
  }
}
