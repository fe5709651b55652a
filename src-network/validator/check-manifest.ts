import { errorCode, errorMessage, ProtocolError } from '#protocol/errors.ts';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import { leadBlock, patienceBlock } from '#protocol/round/lead.ts';
import { MAX_MANIFEST_BYTES, openManifest } from '#protocol/round/manifest.ts';
import { applyManifest } from '#worker/run/replica.ts';
import { leadsOf, sourcesOf, updateSources } from '#worker/run/roster.ts';
import { selectionProblem } from './selection-problem.ts';
import { strangerProblem } from './stranger-problem.ts';
import type { RoundWork, ValidatorDesk } from './validator-desk.ts';

/** What a validator thinks of another one's manifest. */
export type ManifestVerdict =
  | { readonly kind: 'fair' }
  /** Recomputed it is false: nobody needs to trust anybody for that. */
  | { readonly kind: 'false'; readonly signer: Hotkey | null; readonly why: string }
  /** It follows, but is not what this validator would have signed. */
  | { readonly kind: 'unfair'; readonly signer: Hotkey; readonly why: string }
  /** It cannot be had yet, or its signer's turn is still to come. */
  | { readonly kind: 'unavailable'; readonly why: string };

/**
 * Recomputes another validator's manifest and compares its selection with the own ratings. A fair one is added to `work.known`. What
 * does not arrive by the end of a lead's turn is unavailable.
 * @param again after that it is given less time: what has arrived is kept
 */
export async function checkManifest(
  desk: ValidatorDesk,
  work: RoundWork,
  hash: BlobHash,
  again = false,
): Promise<ManifestVerdict> {
  const { ports, run, signal } = desk;
  // Whoever keeps back what it names, or sends it byte by byte, would else hold up this validator until the round is over.
  const over = new AbortController();
  const arriving = AbortSignal.any([signal, over.signal]);
  const turnEnd = patienceBlock(ports.clock.current()?.number ?? 0, work.round, run.spec.round, again);
  void ports.clock.waitFor(turnEnd, arriving).then(
    () => over.abort(),
    () => undefined, // the check is over before
  );
  try {
    return await recompute(desk, work, hash, arriving);
  } finally {
    over.abort();
  }
}

async function recompute(
  desk: ValidatorDesk,
  work: RoundWork,
  hash: BlobHash,
  arriving: AbortSignal,
): Promise<ManifestVerdict> {
  const { ports, run, replica, roster, own, signal } = desk;
  const from = sourcesOf(roster, own);
  let signer: Hotkey | null = null;
  try {
    const bytes = await ports.blobs.get(hash, { from, maxBytes: MAX_MANIFEST_BYTES, signal: arriving });
    const opened = openManifest(bytes);
    const { manifest } = opened;
    signer = opened.validator;
    const isOther = manifest.run !== run.id || manifest.round !== work.round;
    if (isOther) {
      // No falsehood of the manifest's: anyone may vote for a true one in another round.
      return { kind: 'unfair', signer, why: `it is of round ${manifest.round} of run ${manifest.run.slice(0, 12)}…` };
    }
    if (
      manifest.baseRoot !== replica.root ||
      manifest.previous !== replica.manifest ||
      manifest.step !== replica.step + 1
    )
      return { kind: 'unfair', signer, why: 'it starts from another state than the round does' };
    const rank = leadsOf(roster, work.round).indexOf(signer);
    const objection = rank < 0 ? `${signer} is no validator` : selectionProblem(desk, work, manifest);
    if (objection !== null) return { kind: 'unfair', signer, why: objection };
    // Nobody leads before its turn: else the one who is first could keep all others out. When it was committed says nothing, for a fork
    // may include a word anew in an earlier block.
    const turn = leadBlock(rank, work.round, run.spec.round);
    if ((ports.clock.current()?.number ?? 0) < turn)
      return { kind: 'unavailable', why: `its turn begins at block ${turn}` };
    const updateFrom = (maker: Hotkey): readonly string[] => updateSources(roster, own, maker);
    const state = await applyManifest(
      run,
      ports,
      replica,
      { hash, manifest },
      { from, updateFrom, own, signal: arriving },
    );
    if (state.root !== manifest.stateRoot) {
      const roots = `${manifest.stateRoot.slice(0, 12)}…, recomputed ${state.root.slice(0, 12)}…`;
      return { kind: 'false', signer, why: `its state root is ${roots}` };
    }
    const harm = await strangerProblem(desk, work, { hash, manifest }, arriving);
    if (harm !== null) return { kind: 'unfair', signer, why: harm };
    work.known.set(hash, { manifest, state });
    return { kind: 'fair' };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProtocolError) return { kind: 'false', signer, why: errorMessage(error) };
    if (errorCode(error) === 'ENGINE') throw error;
    return { kind: 'unavailable', why: errorMessage(error) };
  }
}
