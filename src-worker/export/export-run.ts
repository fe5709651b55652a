import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { genesisProblem } from '#protocol/chain/genesis.ts';
import { endpointName } from '#protocol/contract/endpoints.ts';
import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';
import type { Exported, ExportMessage, ExportStart } from '#protocol/export/messages.ts';
import { type DecidedManifest, decidedManifest } from '#protocol/round/votes.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { hotkeyOf, type KeyPair, keyPairFromSeed } from '#protocol/keys.ts';
import { MAX_MANIFEST_BYTES } from '#protocol/round/manifest.ts';
import { MAX_RUN_SPEC_BYTES } from '#protocol/run-spec.ts';
import { type RunNode, startRunNode } from '../run/node.ts';
import { openRun, type Run } from '../run/open-run.ts';
import {
  checkpointSources,
  readRoster,
  type Roster,
  sourcesOf,
  validatorHotkeys,
  votesOf,
  votingStakeOf,
} from '../run/roster.ts';
import { asDiskError } from './disk-error.ts';
import { findRound, walkToBase } from './find-round.ts';
import { makeState } from './make-state.ts';
import { examinePlace, placeFolder } from './place-folder.ts';
import type { FetchBytes, SignedManifest } from './walk-back.ts';
import { writeExport } from './write-export.ts';

type Send = (message: ExportMessage) => void;

/** Peers on this machine and elsewhere are asked, none asks us. */
const LISTEN_ADDRESS = '/ip4/127.0.0.1/tcp/0';
const START_THEM =
  'Millrace must run and earn (not be paused) with the data folder that has them, as `millrace run` and `millrace devnet` do: start it, wait for a round, and export meanwhile';

/**
 * Brings a fresh replica to a round and writes it as an export folder. All that it needs on the way lies in `workDir`, so that
 * nothing of a running Millrace's is touched, and `out` appears when it is whole.
 * @throws MillraceError USAGE, NOT_FOUND, CHAIN_UNREACHABLE, BLOB_MISSING, DIVERGED, STORAGE
 */
export async function exportRun(start: ExportStart, send: Send, signal: AbortSignal): Promise<Exported> {
  const { out, workDir, replace } = start;
  await examinePlace(out, replace);
  try {
    await mkdir(dirname(out), { recursive: true });
    await mkdir(workDir);
    const stage = join(workDir, 'stage');
    await mkdir(stage);
    // In nobody's roster: it only asks.
    const hotkey = keyPairFromSeed(randomBytes(32));
    const [chainUrl = '', ...chainFallbackUrls] = start.chain.endpoints;
    const node = await startRunNode({
      ...{ chainUrl, chainFallbackUrls, checkGenesis: (found) => genesisProblem(start.chain, found) },
      ...{ dataDir: join(workDir, 'node'), listenAddress: LISTEN_ADDRESS, hotkey },
      provides: false,
      blobQuotaBytes: Number.MAX_SAFE_INTEGER, // all of it goes at the end; until then the disk is the limit
      warn: (message) => send({ kind: 'log', level: 'warning', message: message.slice(0, 4000) }),
    });
    let exported: Exported;
    try {
      exported = await exportWith(node, hotkey, stage, start, send, signal);
    } finally {
      await node.stop();
    }
    signal.throwIfAborted();
    await placeFolder(stage, out, join(workDir, 'replaced'), replace);
    return exported;
  } catch (error) {
    throw asDiskError(dirname(out), error);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function exportWith(
  node: RunNode,
  hotkey: KeyPair,
  stage: string,
  start: ExportStart,
  send: Send,
  signal: AbortSignal,
): Promise<Exported> {
  const step = (detail: string): void => send({ kind: 'step', detail: detail.slice(0, 4000) });
  step(`Connecting to the chain at ${start.chain.endpoints.map(endpointName).join(' or ')}`);
  const chain = await node.chain.info(signal);
  let roster = await readRoster(node.chain, start.netuid, signal);
  const own = hotkeyOf(hotkey);
  const from = sourcesOf(roster, own);
  const fetchBytes =
    (maxBytes: number): FetchBytes =>
    (hash) =>
      node.blobs.get(hash, { from, maxBytes, signal });

  const run = await orAdvice('The run’s specification', () => openRun(roster, node.blobs, own, signal));
  if (start.run !== null && !run.id.startsWith(start.run)) {
    const message = `This chain’s subnet trains run ${run.id}, and none that begins with ${start.run}`;
    throw new MillraceError('NOT_FOUND', message);
  }
  // As its owner published it: encoded anew it might have another id.
  const runSpecBytes = await fetchBytes(MAX_RUN_SPEC_BYTES)(roster.runSpec as BlobHash);
  step(`Run ${run.id.slice(0, 12)}… “${run.spec.name}”`);
  let newest: DecidedManifest | null = null;
  for (let block = 0; newest === null; block += 1) {
    block = (await node.clock.waitFor(block, signal)).number;
    roster = await readRoster(node.chain, start.netuid, signal);
    const votes = votesOf(roster);
    newest = decidedManifest(votes, votingStakeOf(roster), block, run.spec.round, new Set());
    if (votes.length === 0) {
      throw new MillraceError('NOT_FOUND', 'No round of this run has a manifest yet: wait for the first to end');
    }
    if (newest === null) step('The validators have not settled on the newest round yet: waiting for the next block');
  }
  const target = await findTarget(newest.hash, roster, run, start.round, fetchBytes(MAX_MANIFEST_BYTES));
  step(`Round ${target.manifest.round}, step ${target.manifest.step}, signed by ${target.signer}`);
  const state = await makeState(run, node.blobs, target, {
    ...{ from, signal, threads: start.threads, validators: new Set([target.signer]) },
    checkpointFrom: (index) => checkpointSources(roster, own, index),
    onProgress: step,
  });

  const provenance = await writeExport(
    stage,
    {
      ...{ run, runSpecBytes, state, target, chain, madeBy: start.madeBy, nowMs: start.nowMs },
      manifests: walkToBase(target, fetchBytes(MAX_MANIFEST_BYTES)),
    },
    { signal, onProgress: step },
  );
  const { files, round, step: steps, stateRoot } = provenance;
  return {
    kind: 'exported',
    run: provenance.run,
    ...{ round, step: steps, stateRoot, signer: target.signer },
    manifests: files.filter(({ name }) => name.startsWith('manifests/')).length,
    files: files.length + 1,
    sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

async function findTarget(
  newest: BlobHash,
  roster: Roster,
  run: Run,
  round: number | null,
  fetchBytes: FetchBytes,
): Promise<SignedManifest> {
  const options = { run: run.id, round, validators: validatorHotkeys(roster), fetchBytes };
  return orAdvice('The newest manifest', () => findRound(newest, options));
}

/** Says what to do when nobody has what everybody who takes part has. */
async function orAdvice<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (errorCode(cause) !== 'BLOB_MISSING') throw cause;
    throw new MillraceError(
      'BLOB_MISSING',
      `${what} cannot be had from anybody. ${START_THEM}. (${errorMessage(cause).slice(0, 1000)})`,
      { cause },
    );
  }
}
