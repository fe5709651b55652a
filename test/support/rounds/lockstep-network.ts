import { hashedFloats } from '#protocol/integer-hash.ts';
import type { BlobHash, StateRoot } from '#protocol/ids.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import type { AnnounceReply } from '#protocol/peer/announce-protocol.ts';
import { type Announcement, openAnnouncement } from '#protocol/round/announcement.ts';
import { type CheckpointPointer, type Manifest, sealManifest } from '#protocol/round/manifest.ts';
import { compressUpdate } from '#protocol/update/compress.ts';
import { tensorSizes } from '#protocol/update/parts.ts';
import { encodeUpdateBlob } from '#protocol/update/update-blob.ts';
import { tokensPerStep } from '#protocol/update/update-header.ts';
import { writeCheckpoint } from '#worker/checkpoint/write-checkpoint.ts';
import type { Run } from '#worker/run/open-run.ts';
import { initialState, nextGlobalState, type ReplicaState } from '#worker/run/replica.ts';
import { inlineCodec } from '../inline-codec.ts';
import { pageBytes } from '../small-run.ts';
import { otherKeys, outcomeOf, validatorKey, workerKey } from './lockstep-run.ts';

/** What the chain says: the newest block, and the validator's newest manifest. */
export interface Head {
  readonly block: number;
  readonly manifest: { readonly round: number; readonly hash: BlobHash } | null;
}

export interface NetworkPorts {
  readonly put: (bytes: Uint8Array) => Promise<BlobHash>;
  /** The worker's update, as it serves it. */
  readonly fetch: (announcement: Announcement) => Promise<Uint8Array>;
  readonly onHead: (head: Head) => void;
}

/** Everybody but the worker: two peers that send updates, and a validator that ends a round when it has the worker's. */
export class LockstepNetwork {
  readonly run: Run;
  /** By round: the update that the worker sent (`null`: none), and the root that the round left. */
  readonly rounds: { readonly blob: BlobHash | null; readonly root: StateRoot }[] = [];
  /** What must not happen, in words. */
  readonly complaints: string[] = [];
  head: Head = { block: 0, manifest: null };
  readonly #ports: NetworkPorts;
  readonly #otherParts: readonly (readonly Uint8Array[])[];
  #state: ReplicaState;
  /** The newest last. */
  readonly checkpoints: CheckpointPointer[];
  #busy = false;

  static async start(run: Run, ports: NetworkPorts): Promise<LockstepNetwork> {
    const network = new LockstepNetwork(run, ports, await initialState(run));
    for (const page of run.spec.data.pages.keys()) await ports.put(pageBytes(page));
    return network;
  }

  private constructor(run: Run, ports: NetworkPorts, state: ReplicaState) {
    this.run = run;
    this.#ports = ports;
    this.#state = state;
    this.checkpoints = [{ step: 0, stateRoot: state.root, manifest: null, index: null }];
    const sizes = tensorSizes(run.spec);
    this.#otherParts = otherKeys.map((_, peer) => {
      const differences = sizes.map((size, tensor) => hashedFloats(size, 1000 * peer + tensor, 0.01));
      return compressUpdate(
        run.spec.update,
        differences,
        sizes.map((size) => new Float32Array(size)),
      );
    });
  }

  /** As a validator does: the update is fetched and checked before it is taken. */
  async announce(message: Uint8Array): Promise<AnnounceReply> {
    const { hotkey: maker, announcement } = openAnnouncement(message);
    const { round, blob } = announcement;
    const before = this.rounds[round];
    if (before !== undefined && before.blob !== blob) {
      this.complaints.push(`Round ${round}: another update than the first is announced`);
    }
    if (round !== this.rounds.length) return refuse('late');
    if (this.#busy) return refuse('duplicate');
    this.#busy = true;
    try {
      if (announcement.baseRoot !== this.#state.root) {
        this.complaints.push(`Round ${round}: the update starts from another state`);
        return refuse('stale-state');
      }
      const bytes = await this.#ports.fetch(announcement);
      const target = { run: this.run.id, round, shard: 0, baseRoot: this.#state.root, maker };
      await inlineCodec.check(this.run.spec, target, bytes);
      await this.#conclude(round, blob, bytes);
      return { accepted: true };
    } finally {
      this.#busy = false;
    }
  }

  /** Ends the present round without the worker. */
  skip(): void {
    this.head = { block: this.run.spec.round.blocks * (this.rounds.length + 1), manifest: this.head.manifest };
    this.rounds.push({ blob: null, root: this.#state.root });
    this.#ports.onHead(this.head);
  }

  async #conclude(round: number, blob: BlobHash, own: Uint8Array): Promise<void> {
    const { spec } = this.run;
    const outcome = outcomeOf(round);
    if (outcome !== 'no manifest') {
      const target = { run: this.run.id, round, shard: 0, baseRoot: this.#state.root };
      const tokens = spec.inner.steps * tokensPerStep(spec);
      const makers = [...otherKeys, workerKey].map(hotkeyOf);
      const others = this.#otherParts.map((parts, n) =>
        encodeUpdateBlob({ ...target, maker: makers[n] ?? hotkeyOf(workerKey), tokens }, parts),
      );
      const merged = outcome === 'merged' ? [...others, own] : others;
      const updates = [];
      const entries = [];
      for (const [n, bytes] of merged.entries()) {
        const hotkey = makers[n] ?? hotkeyOf(workerKey);
        const update = await inlineCodec.check(spec, { ...target, maker: hotkey }, bytes);
        updates.push({ update, weight: 1, from: hotkey });
        entries.push({ hotkey, blob: await this.#ports.put(bytes), baseRoot: this.#state.root, weight: 1 });
      }
      const next = await nextGlobalState(this.run, inlineCodec, this.#state, updates);
      const step = this.#state.step + 1;
      const checkpoint = this.checkpoints.at(-1);
      if (checkpoint === undefined) throw new Error('There is always a checkpoint');
      const manifest: Manifest = {
        ...{ run: this.run.id, round, step, previous: this.#state.manifest, entries, evalLoss: 4.5 },
        ...{ baseRoot: this.#state.root, stateRoot: next.root, checkpoint },
        left: [],
        results: [{ hotkey: hotkeyOf(workerKey), score: 50, reputation: 20, reason: outcome }],
      };
      const hash = await this.#ports.put(sealManifest(manifest, validatorKey));
      this.#state = { step, manifest: hash, ...next };
      if (step % spec.checkpointEvery === 0) {
        const store = { put: this.#ports.put, keep: () => undefined };
        const signal = new AbortController().signal;
        const { index } = await writeCheckpoint(this.run, { ...this.#state, manifest: hash }, store, signal);
        this.checkpoints.push({ step, stateRoot: next.root, manifest: hash, index });
      }
      this.head = { block: spec.round.blocks * (round + 1), manifest: { round, hash } };
    } else {
      // So late that the worker gives the round up.
      this.head = { block: spec.round.blocks * (round + 1) + 2, manifest: this.head.manifest };
    }
    this.rounds.push({ blob, root: this.#state.root });
    setImmediate(() => this.#ports.onHead(this.head));
  }
}

const refuse = (reason: string): AnnounceReply => ({ accepted: false, reason, message: reason });
