import { decodeCheckpointIndex, maxCheckpointIndexBytes } from '#protocol/checkpoint/checkpoint-index.ts';
import { checkpointParts, decodePart, encodePart } from '#protocol/checkpoint/checkpoint-parts.ts';
import { decodeCommitment, encodeCommitment, NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { initialGlobalState, stateTensors } from '#protocol/global-state.ts';
import { blobHash } from '#protocol/hash.ts';
import { storeCheckpoint } from '../checkpoint-fixtures.ts';
import { testRun } from '../round-fixtures.ts';
import { testRoot } from '../small-run.ts';
import { mutate } from './mutate.ts';
import { type FuzzTarget, readOrRefused } from './target.ts';

const HEX = /^[0-9a-f]{64}$/;

interface Kind {
  readonly seed: Uint8Array;
  /** Whether what was read is within its limits. */
  readonly isSound: (bytes: Uint8Array) => boolean;
}

/** What a newcomer reads before anything tells it what is true: the index of a checkpoint, its parts, fields on chain. */
export const checkpointTarget: FuzzTarget = {
  name: 'checkpoint',
  about: 'indexes and parts of checkpoints, and the fields that peers commit on chain',
  share: 2,
  capBytes: 64 * 2 ** 20,
  open: () => {
    const initial = initialGlobalState(testRun.spec);
    const state = { ...initial, step: 4, root: testRoot, manifest: blobHash(Uint8Array.of(1)) };
    const stored: Uint8Array[] = [];
    const put = (bytes: Uint8Array) => (stored.push(bytes), blobHash(bytes));
    const pointer = storeCheckpoint({ put }, state);
    const [part] = checkpointParts(testRun.spec);
    const into = stateTensors(initial).map(({ length }) => new Float32Array(length));
    const manifest = { round: 3, hash: pointer.index };
    const checkpoint = { step: 4, stateRoot: testRoot, index: pointer.index };
    const field = encodeCommitment({ ...NO_COMMITMENT, manifest, checkpoint })[0]!;
    const kinds: readonly Kind[] = [
      {
        seed: stored.at(-1)!,
        isSound: (bytes) => {
          const index = decodeCheckpointIndex(testRun, pointer, bytes);
          return (
            bytes.length <= maxCheckpointIndexBytes(testRun.spec) + 64 &&
            index.step === 4 &&
            index.parts.length === 1 &&
            HEX.test(index.parts[0]!)
          );
        },
      },
      {
        seed: encodePart(part!, stateTensors(initial)),
        isSound: (bytes) => (decodePart(part!, bytes, into), bytes.length === part!.sizeBytes),
      },
      {
        seed: field,
        isSound: (bytes) => {
          const read = decodeCommitment([bytes]);
          const hashes = [read.manifest?.hash, read.checkpoint?.index, read.checkpoint?.stateRoot, read.runSpec];
          return hashes.every((hash) => HEX.test(hash ?? testRoot)) && (read.address?.length ?? 0) <= bytes.length;
        },
      },
    ];
    return Promise.resolve({
      prepare(random) {
        const { seed, isSound } = kinds[random.nextBelow(kinds.length)]!;
        const bytes = mutate(seed, kinds[random.nextBelow(kinds.length)]!.seed, random);
        return () => {
          const sound = readOrRefused(() => isSound(bytes));
          if (sound === false) throw new Error('Something out of its limits was read');
          return sound !== null;
        };
      },
      close: () => Promise.resolve(),
    });
  },
};
