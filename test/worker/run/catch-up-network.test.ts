import { describe, expect, it } from 'vitest';
import { hotkeyOf } from '#protocol/keys.ts';
import type { BlobHash } from '#protocol/ids.ts';
import type { CheckpointPointer } from '#protocol/round/manifest.ts';
import {
  BLOB_PROTOCOL,
  decodeBlobRequest,
  encodeBlobResponse,
  MAX_BLOB_MESSAGE_BYTES,
} from '#protocol/peer/blob-protocol.ts';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { fetchInto, type SourceFailure } from '#worker/blobs/fetch-blob.ts';
import { serveBlobs } from '#worker/blobs/serve-blobs.ts';
import { readFrame, writeFrame } from '#worker/peer/frames.ts';
import type { Peer } from '#worker/peer/peer.ts';
import type { BlobSource } from '#worker/run/blob-source.ts';
import { type SyncOptions, syncReplica } from '#worker/run/catch-up.ts';
import { initialState, type ReplicaState } from '#worker/run/replica.ts';
import { pointerOf, storeCheckpoint } from '../../support/checkpoint-fixtures.ts';
import { inlineCodec } from '../../support/inline-codec.ts';
import { createMemoryBlobs, type MemoryBlobs } from '../../support/memory-blobs.ts';
import { type SealedRound, sealRound, testRun, validatorKey } from '../../support/round-fixtures.ts';
import { addressOf, testFolder, testPeer } from '../peer/test-peers.ts';

const start = await initialState(testRun);

/** Six rounds, a checkpoint after each second, and every blob of it. */
function history(): {
  readonly rounds: readonly SealedRound[];
  readonly blobs: MemoryBlobs & { all(): readonly Uint8Array[] };
} {
  const memory = createMemoryBlobs();
  const all: Uint8Array[] = [];
  const put = (bytes: Uint8Array): BlobHash => {
    all.push(bytes);
    return memory.put(bytes);
  };
  const blobs = { ...memory, put, all: () => all };
  const rounds: SealedRound[] = [];
  let checkpoint: CheckpointPointer = { step: 0, stateRoot: start.root, manifest: null, index: null };
  for (let i = 0; i < 6; i += 1) {
    rounds.push(sealRound(blobs, rounds.at(-1)?.state ?? start, 20 + i, { checkpoint }));
    if (i % 2 === 1) checkpoint = pointerOf(storeCheckpoint(blobs, rounds.at(-1)!.state));
  }
  return { rounds, blobs };
}

async function serving(blobs: readonly Uint8Array[]): Promise<Peer> {
  const peer = await testPeer();
  const store = await openBlobStore({ folder: await testFolder(), warn: () => undefined });
  for (const bytes of blobs) await store.put(bytes);
  await serveBlobs(peer, store);
  return peer;
}

/** Says that it has whatever it is asked for, and sends as many zeros. */
async function lying(sizeOf: (hash: BlobHash) => number): Promise<Peer> {
  const peer = await testPeer();
  await peer.handle(BLOB_PROTOCOL, async (stream) => {
    const asked = await readFrame(stream, MAX_BLOB_MESSAGE_BYTES);
    const sizeBytes = sizeOf(decodeBlobRequest(asked).hash);
    await writeFrame(stream, encodeBlobResponse({ kind: 'found', sizeBytes }));
    await readFrame(stream, MAX_BLOB_MESSAGE_BYTES);
    await stream.write(new Uint8Array(sizeBytes));
    await stream.closed;
  });
  return peer;
}

/** A replica's view of real peers. */
async function joiner() {
  const peer = await testPeer();
  const store = await openBlobStore({ folder: await testFolder(), warn: () => undefined });
  const failures: SourceFailure[] = [];
  const blobs: BlobSource = {
    async get(hash, { from, maxBytes, signal }) {
      await fetchInto(store, {
        peer,
        hash,
        maxBytes,
        signal,
        sources: from,
        onFailure: (failure) => failures.push(failure),
      });
      return (await store.get(hash))!;
    },
  };
  return {
    failures,
    sync: (own: ReplicaState, target: SealedRound, from: readonly string[], options: Partial<SyncOptions> = {}) =>
      syncReplica(testRun, { blobs, updates: inlineCodec }, own, target.hash, {
        ...{ from, validators: new Set([hotkeyOf(validatorKey)]), signal: AbortSignal.timeout(20_000), ...options },
      }),
  };
}

describe('catching up over the network', () => {
  it('from nothing ends at the signed root although one of three peers has a corrupt copy of everything, and names it', async () => {
    const { rounds, blobs } = history();
    const liar = await lying((hash) => blobs.read(hash)?.length ?? 1);
    const honest = [await serving(blobs.all()), await serving(blobs.all())];
    const { sync, failures } = await joiner();
    const outcome = await sync(start, rounds[5]!, [liar, ...honest].map(addressOf));
    expect(outcome).toMatchObject({ kind: 'advanced', state: { root: rounds[5]!.state.root, step: 6 } });
    const named = failures.filter(({ code }) => code === 'BLOB_MISMATCH').map(({ address }) => address);
    expect(new Set(named)).toEqual(new Set([addressOf(liar)]));
  });

  it('goes on with the others when a peer leaves in the middle', async () => {
    const { rounds, blobs } = history();
    const [leaving, staying] = [await serving(blobs.all()), await serving(blobs.all())];
    const { sync } = await joiner();
    let gone: Promise<void> | null = null;
    const outcome = await sync(start, rounds[5]!, [leaving, staying].map(addressOf), {
      onProgress: (detail) => {
        if (detail === 'applying round 24') gone ??= leaving.stop();
      },
    });
    expect(outcome).toMatchObject({ kind: 'advanced', state: { root: rounds[5]!.state.root } });
    expect(gone).not.toBeNull();
  });

  it('says who was asked when all have left, keeps what it reached, and ends when others come', async () => {
    const { rounds, blobs } = history();
    const lost = rounds[5]!.manifest.entries[0]!.blob;
    const some = await serving(blobs.all().filter((bytes) => bytes !== blobs.read(lost)));
    const address = addressOf(some);
    const { sync } = await joiner();
    const outcome = await sync(start, rounds[5]!, [address]);
    expect(outcome).toMatchObject({ kind: 'incomplete', state: { step: 5 } });
    const problem = outcome.kind === 'incomplete' ? outcome.problem : '';
    expect(problem).toMatch(/^Round 25 cannot be made again\./);
    expect(problem).toContain(`peer …${address.slice(-6)}`);

    await some.stop();
    const other = await serving([blobs.read(lost)!, blobs.read(rounds[5]!.manifest.entries[1]!.blob)!]);
    const reached = outcome.kind === 'incomplete' ? outcome.state : start;
    const again = await sync(reached, rounds[5]!, [address, addressOf(other)]);
    expect(again).toMatchObject({ kind: 'advanced', state: { root: rounds[5]!.state.root } });
  });
});
