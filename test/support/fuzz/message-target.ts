import { concatBytes } from '#protocol/bytes.ts';
import { blobHash } from '#protocol/hash.ts';
import {
  decodeAnnounceReply,
  encodeAnnounceReply,
  MAX_ANNOUNCE_REPLY_BYTES,
} from '#protocol/peer/announce-protocol.ts';
import {
  BLOB_PIECE_BYTES,
  decodeBlobAsk,
  decodeBlobRequest,
  decodeBlobResponse,
  encodeBlobAsk,
  encodeBlobRequest,
  encodeBlobResponse,
  MAX_BLOB_MESSAGE_BYTES,
} from '#protocol/peer/blob-protocol.ts';
import { encodeFrame, FRAME_HEADER_BYTES, parseFrameHeader } from '#protocol/peer/frame.ts';
import { mutate } from './mutate.ts';
import { type FuzzTarget, readOrRefused } from './target.ts';

interface Kind {
  readonly seeds: readonly Uint8Array[];
  readonly most: number;
  /** Whether what was read is within its limits. */
  readonly isSound: (payload: Uint8Array) => boolean;
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const kinds: readonly Kind[] = [
  {
    seeds: [0, 300_000, 2 ** 40].map((maxBytes) => encodeBlobRequest({ hash: blobHash(new Uint8Array(3)), maxBytes })),
    most: MAX_BLOB_MESSAGE_BYTES,
    isSound: (payload) => {
      const { hash, maxBytes } = decodeBlobRequest(payload);
      return /^[0-9a-f]{64}$/.test(hash) && isCount(maxBytes);
    },
  },
  {
    seeds: [
      encodeBlobResponse({ kind: 'found', sizeBytes: 300_000 }),
      encodeBlobResponse({ kind: 'missing' }),
      encodeBlobResponse({ kind: 'too-large', sizeBytes: 2 ** 40 }),
    ],
    most: MAX_BLOB_MESSAGE_BYTES,
    isSound: (payload) => {
      const response = decodeBlobResponse(payload);
      return response.kind === 'missing' || isCount(response.sizeBytes);
    },
  },
  {
    seeds: [
      encodeBlobAsk({ kind: 'range', offset: 0, sizeBytes: 1 }),
      encodeBlobAsk({ kind: 'range', offset: 5 * BLOB_PIECE_BYTES, sizeBytes: BLOB_PIECE_BYTES }),
      encodeBlobAsk({ kind: 'hashes' }),
    ],
    most: MAX_BLOB_MESSAGE_BYTES,
    isSound: (payload) => {
      const ask = decodeBlobAsk(payload);
      if (ask.kind === 'hashes') return true;
      return isCount(ask.offset) && isCount(ask.sizeBytes) && ask.sizeBytes > 0 && ask.sizeBytes <= BLOB_PIECE_BYTES;
    },
  },
  {
    seeds: [
      encodeAnnounceReply({ accepted: true }),
      encodeAnnounceReply({ accepted: false, reason: 'late', message: 'Round 5 closed\nat block 57' }),
    ],
    most: MAX_ANNOUNCE_REPLY_BYTES,
    isSound: (payload) => {
      const reply = decodeAnnounceReply(payload);
      return reply.accepted || (reply.message.length <= 400 && !/\p{C}/u.test(reply.message));
    },
  },
];

export const messageTarget: FuzzTarget = {
  name: 'messages',
  about: 'frames of the blob and the announcement protocol: request, found, missing, too-large, range, hashes, replies',
  share: 12,
  capBytes: 64 * 2 ** 20,
  open: () =>
    Promise.resolve({
      prepare(random) {
        const { seeds, most, isSound } = kinds[random.nextBelow(kinds.length)]!;
        const [seed, other] = [seeds[random.nextBelow(seeds.length)]!, seeds[random.nextBelow(seeds.length)]!];
        // The header is damaged too, but not every time: then nothing would look at what is in the frame.
        const bytes =
          random.nextBelow(4) === 0
            ? mutate(encodeFrame(seed), encodeFrame(other), random)
            : encodeFrame(mutate(seed, other, random));
        return () => {
          const sizeBytes = readOrRefused(() => parseFrameHeader(bytes.subarray(0, FRAME_HEADER_BYTES), most));
          if (sizeBytes === null || bytes.length < FRAME_HEADER_BYTES + sizeBytes) return false;
          if (sizeBytes > most) throw new Error('A frame longer than the longest was read');
          const payload = concatBytes(bytes.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + sizeBytes));
          const sound = readOrRefused(() => isSound(payload));
          if (sound === false) throw new Error('A message out of its limits was read');
          return sound !== null;
        };
      },
      close: () => Promise.resolve(),
    }),
};
