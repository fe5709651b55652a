import { MillraceError } from '#protocol/errors.ts';
import type { Hotkey, RunId } from '#protocol/ids.ts';
import { decodeRunSpec, MAX_RUN_SPEC_BYTES, type RunSpec, runIdOf } from '#protocol/run-spec.ts';
import type { BlobSource } from './blob-source.ts';
import { type Roster, sourcesOf } from './roster.ts';

/** A training run as its owner published it. */
export interface Run {
  readonly id: RunId;
  readonly spec: RunSpec;
}

/** @throws MillraceError BLOB_MISSING, ProtocolError */
export async function openRun(roster: Roster, blobs: BlobSource, own: Hotkey, signal: AbortSignal): Promise<Run> {
  if (roster.runSpec === null)
    throw new MillraceError('BLOB_MISSING', 'The owner of the subnet has not published a run yet');
  const bytes = await blobs.get(roster.runSpec, { from: sourcesOf(roster, own), maxBytes: MAX_RUN_SPEC_BYTES, signal });
  return { id: runIdOf(bytes), spec: decodeRunSpec(bytes) };
}
