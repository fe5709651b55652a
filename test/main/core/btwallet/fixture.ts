import { readFileSync } from 'node:fs';
import { fromHex } from '#protocol/bytes.ts';
import type { DeriveKey } from '#main/core/btwallet/derive-key-aside.ts';
import { deriveKey } from '#main/core/btwallet/derive-key.ts';

type FileName =
  'plain' | 'public' | 'bySeed' | 'byUri' | 'ed25519' | 'nacl' | 'ansibleByBtwallet' | 'ansibleByAnsible' | 'fernet';

/** Made by btwallet 4.1.1, PyNaCl, ansible-core and cryptography: `python test/fixtures/make-btwallet.py`, which names their versions. */
export const fixture = JSON.parse(
  readFileSync(new URL('../../../fixtures/btwallet.json', import.meta.url), 'utf8'),
) as Readonly<Record<FileName, string>> & {
  readonly password: string;
  readonly phrase: string;
  readonly address: string;
  readonly naclKey: string;
  readonly fernetKey: string;
  readonly ansibleSalt: string;
  readonly ansibleKeys: string;
  readonly pairs: ReadonlyArray<{ readonly seed: string; readonly privateKey: string; readonly address: string }>;
};

/** A copy of a file of the fixture. */
export const fileOf = (name: FileName): Uint8Array => Uint8Array.from(Buffer.from(fixture[name], 'base64'));

/** Knows the fixture's slow keys by heart; any other password has another key. */
export const knownKeys: DeriveKey = async (request) => {
  if (request.kind === 'ansible') return await deriveKey(request);
  const isKnown = new TextDecoder().decode(request.password) === fixture.password;
  return fromHex(isKnown ? fixture[`${request.kind}Key`] : '07'.repeat(32));
};

/** The code and the words of what was thrown. */
export function failureOf(work: () => unknown): { readonly code: unknown; readonly message: string } {
  try {
    work();
  } catch (error) {
    return { code: (error as { code?: unknown }).code, message: (error as Error).message };
  }
  throw new Error('It did not fail');
}

export function flipBit(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = changed[at]! ^ 1;
  return changed;
}
