import * as v from 'valibot';
import { check, openEnvelope, sealEnvelope } from '../envelope.ts';
import type { BlobHash, Hotkey, RunId, StateRoot } from '../ids.ts';
import type { KeyPair } from '../keys.ts';
import { blobHashSchema, runIdSchema, stateRootSchema, uint32Schema } from '../schemas.ts';

/** A worker's word that its update of a round is ready, and where. */
export interface Announcement {
  readonly run: RunId;
  readonly round: number;
  readonly baseRoot: StateRoot;
  /** Inner steps that were made: the data up to there was used. */
  readonly innerSteps: number;
  readonly blob: BlobHash;
  /** Multiaddr that serves the blob. */
  readonly address: string;
}

const DOMAIN = 'millrace/announcement/1';
export const MAX_ANNOUNCEMENT_BYTES = 4096;

const schema = v.strictObject({
  run: runIdSchema,
  round: uint32Schema,
  baseRoot: stateRootSchema,
  innerSteps: uint32Schema,
  blob: blobHashSchema,
  address: v.pipe(v.string(), v.maxLength(256)),
});

export const sealAnnouncement = (announcement: Announcement, hotkey: KeyPair): Uint8Array =>
  sealEnvelope(DOMAIN, announcement, hotkey);

/** @throws ProtocolError */
export function openAnnouncement(bytes: Uint8Array): { readonly hotkey: Hotkey; readonly announcement: Announcement } {
  const { signer, payload } = openEnvelope(DOMAIN, bytes, MAX_ANNOUNCEMENT_BYTES);
  return { hotkey: signer, announcement: check(schema, payload, 'Announcement') };
}
