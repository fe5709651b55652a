import { concatBytes, uint32Bytes, utf8 } from '#protocol/bytes.ts';
import { decodeCbor, encodeCbor } from '#protocol/envelope.ts';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { hotkeyOf, type KeyPair, sign } from '#protocol/keys.ts';
import type { RandomStream } from '#protocol/random.ts';
import { type Announcement, openAnnouncement, sealAnnouncement } from '#protocol/round/announcement.ts';
import { type Manifest, MAX_MANIFEST_BYTES, openManifest, sealManifest } from '#protocol/round/manifest.ts';
import { testKey, testRoot, testRunId } from '../small-run.ts';
import { mutate } from './mutate.ts';
import { type FuzzTarget, readOrRefused } from './target.ts';

/** Half of the inputs are damaged as they come over the line; the others are damaged first and then signed, so that more than the signature looks at them. */
function signedTarget(
  options: Pick<FuzzTarget, 'name' | 'about' | 'share'> & {
    readonly domain: string;
    readonly seeds: (key: KeyPair) => readonly Uint8Array[];
    readonly read: (bytes: Uint8Array) => void;
  },
): FuzzTarget {
  const { name, about, share, domain, read } = options;
  return {
    ...{ name, about, share, capBytes: 64 * 2 ** 20 },
    open: () => {
      const key = testKey(1);
      const sealed = options.seeds(key);
      const payloads = sealed.map((bytes) => (decodeCbor(bytes) as { payload: Uint8Array }).payload);
      const damaged = (from: readonly Uint8Array[], random: RandomStream): Uint8Array =>
        mutate(from[random.nextBelow(from.length)]!, from[random.nextBelow(from.length)]!, random);
      return Promise.resolve({
        prepare(random) {
          const isSigned = random.nextBelow(2) === 0;
          const bytes = isSigned ? signed(domain, damaged(payloads, random), key) : damaged(sealed, random);
          return () => readOrRefused(() => (read(bytes), true)) !== null;
        },
        close: () => Promise.resolve(),
      });
    },
  };
}

function signed(domain: string, payload: Uint8Array, key: KeyPair): Uint8Array {
  const name = utf8(domain);
  const message = concatBytes(uint32Bytes(name.length), name, uint32Bytes(payload.length), payload);
  return encodeCbor({ signer: key.publicKey, signature: sign(message, key), payload });
}

const HEX = /^[0-9a-f]{64}$/;
const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < 2 ** 32;

function mustBe(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Read with a wrong ${what}`);
}

const hash = (number: number): BlobHash => blobHash(uint32Bytes(number));

const announcement: Announcement = {
  ...{ run: testRunId, round: 3, baseRoot: testRoot, innerSteps: 30, blob: hash(1) },
  address: '/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq',
};

export const announcementTarget = signedTarget({
  ...{ name: 'announcement', about: 'signed announcements, opened', share: 2, domain: 'millrace/announcement/1' },
  seeds: (key) => [
    sealAnnouncement(announcement, key),
    sealAnnouncement({ ...announcement, round: 2 ** 32 - 1, innerSteps: 0, address: '' }, key),
  ],
  read: (bytes) => {
    const { announcement: read } = openAnnouncement(bytes);
    mustBe(HEX.test(read.run) && HEX.test(read.baseRoot) && HEX.test(read.blob), 'hash');
    mustBe(isCount(read.round) && isCount(read.innerSteps), 'count');
    mustBe(read.address.length <= 256 && Object.keys(read).length === 6, 'field');
  },
});

const manifestOf = (workers: number): Manifest => {
  const people = Array.from({ length: workers }, (_, i) => hotkeyOf(testKey(i + 2)));
  return {
    ...{ run: testRunId, round: 3, step: 2, previous: hash(0), baseRoot: testRoot, stateRoot: testRoot },
    entries: people.map((hotkey, i) => ({ hotkey, blob: hash(i), baseRoot: testRoot, weight: i + 1 })),
    left: people.slice(1).map((hotkey, i) => ({ hotkey, isNewcomer: i % 2 === 0 })),
    results: people.map((hotkey, i) => ({
      hotkey,
      score: (100 * i) / workers,
      reputation: i,
      reason: 'Loss fell by 0.3 %',
    })),
    evalLoss: 4.5,
    checkpoint: { step: 1, stateRoot: testRoot, manifest: hash(5), index: hash(6) },
  };
};

export const manifestTarget = signedTarget({
  ...{ name: 'manifest', about: 'signed manifests of 0 to 12 workers, opened', share: 2 },
  domain: 'millrace/manifest/2',
  seeds: (key) => [
    sealManifest(
      { ...manifestOf(0), previous: null, checkpoint: { step: 0, stateRoot: testRoot, manifest: null, index: null } },
      key,
    ),
    ...[1, 3, 12].map((workers) => sealManifest(manifestOf(workers), key)),
  ],
  read: (bytes) => {
    const { manifest } = openManifest(bytes);
    mustBe(bytes.length <= MAX_MANIFEST_BYTES, 'length');
    mustBe(HEX.test(manifest.run) && HEX.test(manifest.baseRoot) && HEX.test(manifest.stateRoot), 'hash');
    mustBe(isCount(manifest.round) && isCount(manifest.step) && isCount(manifest.checkpoint.step), 'count');
    mustBe(Number.isFinite(manifest.evalLoss), 'loss');
    for (const { blob, weight } of manifest.entries) mustBe(HEX.test(blob) && isCount(weight) && weight > 0, 'entry');
    for (const { score, reason } of manifest.results) {
      mustBe(score >= 0 && score <= 100 && reason.length <= 300, 'result');
    }
  },
});
