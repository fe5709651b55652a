import {
  cryptoWaitReady,
  ed25519PairFromSeed,
  ed25519Sign,
  sr25519PairFromSeed,
  sr25519Sign,
} from '@polkadot/util-crypto';
import { verify } from '@scure/sr25519';
import { isReady } from '@polkadot/wasm-crypto';
import { beforeAll, expect, it } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { randomStream } from '#protocol/random.ts';
import { type SignedPart, verifySignature } from '#network/devnet/runtime/extrinsic.ts';

beforeAll(async () => {
  await cryptoWaitReady();
});

const random = randomStream(utf8('signatures'));
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.nextBelow(256));

const holds = (type: 'Sr25519' | 'Ed25519', signer: Uint8Array, value: Uint8Array, payload: Uint8Array): boolean =>
  verifySignature({ signer, signature: { type, value } } as SignedPart, payload);

/** One bit somewhere else. */
function damaged(good: Uint8Array): Uint8Array {
  const bad = good.slice();
  const at = random.nextBelow(bad.length);
  bad[at] = (bad[at] ?? 0) ^ (1 << random.nextBelow(8));
  return bad;
}

it('an sr25519 signature holds where another implementation says so, and where nothing was changed', () => {
  expect(isReady()).toBe(true);
  for (let round = 0; round < 40; round += 1) {
    const pair = sr25519PairFromSeed(bytes(32));
    const payload = bytes(1 + random.nextBelow(256));
    const signature = sr25519Sign(payload, pair);
    const cases: readonly (readonly [Uint8Array, Uint8Array, Uint8Array])[] = [
      [pair.publicKey, signature, payload],
      [pair.publicKey, damaged(signature), payload],
      [damaged(pair.publicKey), signature, payload],
      [pair.publicKey, signature, damaged(payload)],
      [bytes(32), bytes(64), payload],
      [new Uint8Array(32), new Uint8Array(64), payload],
    ];
    const held = cases.map(([signer, value, signed]) => holds('Sr25519', signer, value, signed));
    expect(held).toEqual([true, false, false, false, false, held[5]]);
    cases.forEach(([signer, value, signed], index) => expect(held[index]).toBe(otherHolds(signer, value, signed)));
  }
});

function otherHolds(signer: Uint8Array, value: Uint8Array, payload: Uint8Array): boolean {
  try {
    return verify(payload, value, signer);
  } catch {
    return false;
  }
}

it('an ed25519 signature is not taken for one of sr25519', () => {
  const pair = ed25519PairFromSeed(bytes(32));
  const payload = bytes(100);
  const signature = ed25519Sign(payload, pair);
  expect(holds('Ed25519', pair.publicKey, signature, payload)).toBe(true);
  expect(holds('Sr25519', pair.publicKey, signature, payload)).toBe(false);
  expect(holds('Sr25519', pair.publicKey, signature.subarray(1), payload)).toBe(false);
});
