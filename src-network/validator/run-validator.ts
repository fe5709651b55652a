import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { AnnounceReply } from '#protocol/peer/announce-protocol.ts';
import { fromHex } from '#protocol/bytes.ts';
import type { MillraceCommitment } from '#protocol/chain/chain-client.ts';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { hotkeyOf, keyPairFromSeed } from '#protocol/keys.ts';
import { encodeRunSpec } from '#protocol/run-spec.ts';
import type { ChildMessage, ValidatorStart } from '#protocol/worker-messages.ts';
import { createEvaluator } from '#worker/engine/evaluator.ts';
import { handleAnnouncements } from '#worker/peer/handle-announcements.ts';
import { createCheckpointKeeper } from '#worker/checkpoint/checkpoint-keeper.ts';
import { createDataPages } from '#worker/run/data-pages.ts';
import { quotaProblem } from '#worker/run/disk-need.ts';
import { checkpointStore, keepBlobs } from '#worker/run/kept-blobs.ts';
import { type RunNode, startRunNode } from '#worker/run/node.ts';
import { openRun, type Run } from '#worker/run/open-run.ts';
import { publishCommitment } from '#worker/run/publish-commitment.ts';
import { readRoster } from '#worker/run/roster.ts';
import { tellVitals } from '#worker/run/tell-vitals.ts';
import { openUpdateCodec } from '#worker/update/open-codec.ts';
import { openBookFile } from './book-file.ts';
import { foundRun, readText } from './found-run.ts';
import type { Gather } from './gather.ts';
import { openNews } from './open-news.ts';
import { runValidator } from './validator-loop.ts';
import { openCommitFile } from './weights/commit-file.ts';

const SALT_U16S = 8;
const U16_VALUES = 65_536;

/** A validator process. With `found` it first publishes the run that the subnet is to train, unless there is one. */
export async function startValidator(
  config: ValidatorStart,
  send: (message: ChildMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  const hotkey = keyPairFromSeed(fromHex(config.hotkeySeedHex));
  const log = (level: 'info' | 'warning' | 'error', message: string): void => send({ kind: 'log', level, message });
  const node = await startRunNode({ ...config, hotkey, warn: (message) => log('warning', message) });
  const endVitals = tellVitals(node, send);
  const news = openNews(send);
  let gate: Gather | null = null;
  const answer = async (bytes: Uint8Array): Promise<AnnounceReply> => {
    const reply = (await gate?.accept(bytes)) ?? CLOSED;
    news.announced(bytes, reply);
    return reply;
  };
  await handleAnnouncements(node.peer, answer, { warn: (message) => log('warning', message) });
  try {
    const { run, runSpec, said } = await enterRun(node, config, signal, log);
    const word = { ...said, address: node.address(), runSpec };
    // What stands there already is not said again: a vote included after the end of its round counts no more.
    const isSaid = said.address === word.address && said.runSpec === runSpec;
    if (!isSaid) await publishCommitment(node.chain, config.netuid, word, hotkey, signal);
    node.store.pin('run', lastingBlobs(run.spec.data.pages, runSpec));
    const warn = (message: string): void => log('warning', message);
    const onStep = keepBlobs(run, node, warn);
    const tooLittleDisk = quotaProblem(run.spec, node.store.quotaBytes);
    if (tooLittleDisk !== null) warn(tooLittleDisk);
    await onStep({ manifest: said.manifest?.hash ?? null });
    const checkpoints = createCheckpointKeeper({
      ...{ run, warn, signal },
      store: checkpointStore(node),
    });
    const evaluator = await createEvaluator({
      ...{ config: run.spec.model, batchSize: run.spec.evaluation.sequences },
      ...{ threads: config.threads, provider: 'cpu' },
    });
    const updates = openUpdateCodec(run.spec, config.threads);
    send({ kind: 'ready', url: null });
    try {
      const ports = {
        ...{ chain: node.chain, clock: node.clock, netuid: config.netuid, hotkey, blobs: node.blobs, evaluator, log },
        updates,
        pages: createDataPages(run.spec, node.blobs),
        address: node.address,
        putBlob: node.put,
        books: openBookFile(join(config.dataDir, 'score-book.cbor'), warn),
        commits: openCommitFile(join(config.dataDir, 'weight-commits.json'), warn),
        newSalt: () => [...new Uint16Array(SALT_U16S).map(() => randomInt(U16_VALUES))],
        openGate: (gather: Gather | null) => {
          gate = gather;
        },
        ...{ onManifest: news.settled, tell: news.tell, nowMs: () => performance.now() },
        ...{ checkpoints, onStep },
      };
      await runValidator(ports, run, runSpec, signal);
    } finally {
      await checkpoints.stop();
      await updates.dispose();
      await evaluator.dispose();
    }
  } finally {
    endVitals();
    await node.stop();
  }
}

/** The run's text, and its specification when this validator publishes it: never thrown away. */
const lastingBlobs = (pages: Run['spec']['data']['pages'], runSpec: BlobHash | null): readonly BlobHash[] => [
  ...pages.map(({ hash }) => hash),
  ...(runSpec === null ? [] : [runSpec]),
];

const CLOSED: AnnounceReply = {
  accepted: false,
  reason: 'closed',
  message: 'No round is open for announcements right now',
};

interface EnteredRun {
  readonly run: Run;
  /** `null` unless this validator's hotkey owns the subnet. */
  readonly runSpec: BlobHash | null;
  /** What this validator has on chain from before. */
  readonly said: MillraceCommitment;
}

async function enterRun(
  node: RunNode,
  config: ValidatorStart,
  signal: AbortSignal,
  log: (level: 'info' | 'warning', message: string) => void,
): Promise<EnteredRun> {
  const own = hotkeyOf(keyPairFromSeed(fromHex(config.hotkeySeedHex)));
  const founded = config.found === null ? null : foundRun(await readText(config.found.textPath), config.found);
  if (founded !== null) {
    // At every start: what was lost or damaged since is there again. Pinned first, or each might make room for the next.
    const runSpec = encodeRunSpec(founded.spec);
    node.store.pin('run', lastingBlobs(founded.spec.data.pages, blobHash(runSpec)));
    for (const page of founded.pages) await node.store.put(page);
    await node.store.put(runSpec);
  }
  for (let seen = -1; ;) {
    seen = (await node.clock.waitFor(seen + 1, signal)).number;
    try {
      const roster = await readRoster(node.chain, config.netuid, signal);
      const { ownerHotkey } = await node.chain.subnet(config.netuid, signal);
      const self = roster.members.find(({ neuron }) => neuron.hotkey === own);
      if (self?.neuron.validatorPermit !== true) {
        throw new MillraceError(
          'CHAIN_REFUSED',
          `The hotkey ${own} may not validate subnet ${config.netuid}: it needs stake there`,
        );
      }
      if (founded !== null && ownerHotkey === own && roster.runSpec === null) {
        const spec = encodeRunSpec(founded.spec);
        const runSpec = await node.store.put(spec);
        return { run: await openRun({ ...roster, runSpec }, node.blobs, own, signal), runSpec, said: NO_COMMITMENT };
      }
      const run = await openRun(roster, node.blobs, own, signal);
      const runSpec = ownerHotkey === own ? roster.runSpec : null;
      return { run, runSpec, said: self.commitment };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MillraceError)) throw error;
      log('warning', errorMessage(error));
    }
  }
}
