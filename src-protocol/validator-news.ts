/** What a validator tells its operator of a round, as it happens; its settled manifests are messages of their own. */
export type ValidatorNews =
  | {
      readonly kind: 'round-opened';
      readonly round: number;
      /** Outer steps behind the state that the round starts from. */
      readonly step: number;
      /** Place in the order in which the validators lead, by stake, from 0; `null`: not among them. */
      readonly rank: number | null;
      readonly validators: number;
    }
  | {
      readonly kind: 'announcement';
      /** As its sender says; both `null` when nobody has signed it. */
      readonly round: number | null;
      readonly hotkey: string | null;
      /** `accepted`, or the stable code of the refusal. */
      readonly result: string;
      /** Why it was refused, in words; `null` when it was not. */
      readonly reason: string | null;
    }
  | {
      readonly kind: 'judged';
      readonly round: number;
      readonly announced: number;
      readonly seconds: number;
      readonly ratings: readonly WorkerRating[];
    }
  | { readonly kind: 'manifest-made'; readonly round: number; readonly hash: string }
  | {
      readonly kind: 'manifest-checked';
      readonly round: number;
      readonly hash: string;
      /** `null`: it could not be opened. */
      readonly signer: string | null;
      readonly verdict: ManifestVerdictKind;
      /** `null` for a fair one. */
      readonly reason: string | null;
    }
  /** This validator stands behind a manifest, its own or another's. */
  | { readonly kind: 'vote'; readonly round: number; readonly hash: string }
  /** No manifest settled: the round's updates are lost. */
  | { readonly kind: 'round-dropped'; readonly round: number };

/** `fair`: as it would have signed it · `false`: recomputed it is wrong · `unfair`: it follows, but should not have been signed · `unavailable`: not to be had yet. */
type ManifestVerdictKind = 'fair' | 'false' | 'unfair' | 'unavailable';

/** What one worker's round was worth to this validator. */
export interface WorkerRating {
  readonly hotkey: string;
  /** 0…100. */
  readonly score: number;
  /** 0…100, of weeks; `null` while it is not kept. */
  readonly reputation: number | null;
  /** For the owner, in words. */
  readonly reason: string;
  /** Whether the update becomes part of the next state. */
  readonly merged: boolean;
}

/** What a worker or validator process tells of itself every few seconds. */
export interface ProcessVitals {
  readonly peers: number;
  /** Bytes of blobs since its start, from others and to others. */
  readonly blobBytesIn: number;
  readonly blobBytesOut: number;
  readonly residentBytes: number;
}
