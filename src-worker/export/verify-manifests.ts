import { join } from 'node:path';
import { blobHash } from '#protocol/hash.ts';
import { isManifestFile, manifestFile, type Provenance } from '#protocol/export/folder.ts';
import type { RunId } from '#protocol/ids.ts';
import { MAX_MANIFEST_BYTES, openManifest } from '#protocol/round/manifest.ts';
import { readRegularFile } from '../weights/regular-file.ts';
import { linkProblem, type SignedManifest } from './walk-back.ts';
import { type Listing, wordsOf } from './verify-folder.ts';

export interface ManifestReading {
  /** That of the exported round, when it is signed and of the run; `null` otherwise. */
  readonly last: Omit<SignedManifest, 'bytes'> | null;
  /** Manifests that were found good. */
  readonly good: number;
  readonly firstRound: number | null;
  readonly signers: ReadonlySet<string>;
  readonly problems: readonly string[];
}

/** Opens every manifest of the folder, in the order of rounds, and checks that each follows from the one before. */
export async function readManifests(
  folder: string,
  { files }: Listing,
  said: Provenance,
  runId: RunId | null,
  signal: AbortSignal,
): Promise<ManifestReading> {
  const newest = said.files
    .map(({ name }) => name)
    .filter(isManifestFile)
    .sort()
    .at(-1);
  const problems: string[] = [];
  const signers = new Set<string>();
  let before: Omit<SignedManifest, 'bytes'> | null = null;
  let last: ManifestReading['last'] = null;
  let good = 0;
  let firstRound: number | null = null;
  for (const name of [...files.keys()].filter(isManifestFile).sort()) {
    signal.throwIfAborted();
    last = null;
    try {
      const bytes = await readRegularFile(join(folder, name), MAX_MANIFEST_BYTES);
      const { validator: signer, manifest } = openManifest(bytes);
      const link = { hash: blobHash(bytes), signer, manifest };
      const found = manifestProblems(name, link, runId, before);
      problems.push(...found);
      before = link;
      if (found.length > 0) continue;
      good += 1;
      firstRound ??= manifest.round;
      signers.add(signer);
      if (name === newest) last = link;
    } catch (error) {
      problems.push(`${name}: ${wordsOf(error)}`);
      before = null;
    }
  }
  return { last, good, firstRound, signers, problems };
}

function manifestProblems(
  name: string,
  { manifest }: Omit<SignedManifest, 'bytes'>,
  runId: RunId | null,
  before: Omit<SignedManifest, 'bytes'> | null,
): readonly string[] {
  const problems: string[] = [];
  if (manifestFile(manifest.round) !== name) problems.push(`${name} is the manifest of round ${manifest.round}`);
  if (runId !== null && manifest.run !== runId) problems.push(`${name} belongs to another run, ${manifest.run}`);
  if (before === null) return problems;
  const link = linkProblem(before.manifest, manifest);
  if (link !== null) problems.push(`${name}: ${link}`);
  else if (manifest.previous !== before.hash) {
    problems.push(`${name} follows another manifest of round ${before.manifest.round} than the one that is here`);
  }
  return problems;
}

/** Where `provenance.json` says something else than the manifest that was signed. */
export function provenanceProblems(
  said: Provenance,
  { hash, signer, manifest }: Omit<SignedManifest, 'bytes'>,
): string[] {
  const pairs: readonly (readonly [string, string | number, string | number])[] = [
    ['round', said.round, manifest.round],
    ['step', said.step, manifest.step],
    ['stateRoot', said.stateRoot, manifest.stateRoot],
    ['manifest.hash', said.manifest.hash, hash],
    ['manifest.signer', said.manifest.signer, signer],
    ['run.id', said.run.id, manifest.run],
  ];
  return pairs.flatMap(([field, says, signed]) =>
    says === signed ? [] : [`provenance.json says ${field} ${says}, the signed manifest ${signed}`],
  );
}
