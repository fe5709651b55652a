import { stat } from 'node:fs/promises';
import { errorCode, MillraceError } from '#protocol/errors.ts';
import type { Provenance } from '#protocol/export/folder.ts';
import type { ExportMessage, Verified } from '#protocol/export/messages.ts';
import { hasMomentum } from '#protocol/global-state.ts';
import { blobHash } from '#protocol/hash.ts';
import type { Run } from '../run/open-run.ts';
import type { ChainQuestion } from './ask-chain.ts';
import { folderProblems, type Listing, listFolder, readProvenance, wordsOf } from './verify-folder.ts';
import { checkHashes } from './verify-hashes.ts';
import { provenanceProblems, readManifests } from './verify-manifests.ts';
import { checkConfig, checkTokenizer, type Finding, readRun } from './verify-model.ts';
import { weightProblems } from './verify-weights.ts';
import { createReport, describeManifests, unknownOf } from './verify-words.ts';
import { type ReadWeightsOptions, readWeights, stateFiles, type WeightsReading } from './weights-tree.ts';

export interface VerifyOptions {
  readonly send: (message: Extract<ExportMessage, { kind: 'check' | 'step' }>) => void;
  readonly signal: AbortSignal;
  /** Asks a chain about the signer; `null`: nobody is asked. */
  readonly ask: ((question: ChainQuestion) => Promise<Finding>) | null;
}

const NO_RUN = 'run.cbor is not the run that it should be, so nothing says what this must be';
const NO_MANIFEST = 'the manifest of the exported round is missing or not valid: nothing signed says what this must be';

/**
 * Checks an export folder of unknown origin. Each check is told as it is done.
 * @throws MillraceError USAGE when there is no such folder; what `ask` throws
 */
export async function verifyExport(folder: string, { send, signal, ask }: VerifyOptions): Promise<Verified> {
  await mustBeFolder(folder);
  const report = createReport(send);
  const listing = await listFolder(folder);
  let said: Provenance;
  try {
    said = await readProvenance(folder, listing);
  } catch (error) {
    report.found('files', { problems: [wordsOf(error)], good: '' });
    report.skipped('the rest', 'without provenance.json nothing says what should be here');
    return { kind: 'verified', ok: false, run: null, round: null, stateRoot: null, signer: null, unknown: [] };
  }
  const { run, bytes: runSpec, ...runFinding } = await readRun(folder, listing, said);
  report.found('files', {
    problems: folderProblems(listing, said, run !== null && hasMomentum(run.spec)),
    good: `${said.files.length + 1} files, none missing, none too much`,
  });
  report.found('run', runFinding);
  if (run === null) for (const name of ['config', 'tokenizer']) report.skipped(name, NO_RUN);
  else {
    report.found('config', await checkConfig(folder, listing, run.spec.model));
    report.found('tokenizer', await checkTokenizer(folder, listing, run.spec.model));
  }

  const manifests = await readManifests(folder, listing, said, run?.id ?? null, signal);
  const { last, problems } = manifests;
  report.found('manifests', { problems, good: describeManifests(manifests) });
  if (last === null) report.skipped('provenance', NO_MANIFEST);
  else {
    const good = 'provenance.json says what the signed manifest says';
    report.found('provenance', { problems: provenanceProblems(said, last), good });
  }

  const onProgress = (detail: string): void => send({ kind: 'step', detail });
  const weights = await readThere(folder, listing, run, { signal, onProgress });
  report.found('hashes', await checkHashes(folder, listing, said, weights?.digests ?? new Map(), signal));
  if (run === null) report.skipped('weights', NO_RUN);
  else if (weights === null) report.skipped('weights', 'they are missing');
  else if (last === null) report.skipped('weights', NO_MANIFEST);
  else {
    const good = `their state root is the signed one, ${last.manifest.stateRoot}`;
    report.found('weights', { problems: await weightProblems(folder, listing, run.spec, weights, last), good });
  }
  if (ask !== null) {
    if (runSpec === null || last === null) report.skipped('chain', runSpec === null ? NO_RUN : NO_MANIFEST);
    else report.found('chain', await ask({ said, runSpec: blobHash(runSpec), signer: last.signer }));
  }
  return {
    kind: 'verified',
    ok: report.isOk(),
    run: run === null ? null : { id: run.id, name: run.spec.name },
    round: last?.manifest.round ?? null,
    stateRoot: last?.manifest.stateRoot ?? null,
    signer: last?.signer ?? null,
    unknown: [...unknownOf(said, last?.signer ?? null, ask !== null)],
  };
}

async function mustBeFolder(folder: string): Promise<void> {
  try {
    if ((await stat(folder)).isDirectory()) return;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new MillraceError('USAGE', `There is no folder ${folder}`);
  }
  throw new MillraceError('USAGE', `${folder} is no folder`);
}

/** `null`: a file of them is missing, or nobody knows which there must be. */
async function readThere(
  folder: string,
  { files }: Listing,
  run: Run | null,
  options: ReadWeightsOptions,
): Promise<WeightsReading | null> {
  if (run === null || stateFiles(run.spec).some((name) => !files.has(name))) return null;
  return readWeights(folder, run.spec, options);
}
