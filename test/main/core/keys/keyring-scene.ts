import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { DeriveKey } from '#main/core/btwallet/derive-key-aside.ts';
import { openKeyring, type Keyring, type KeyringOptions } from '#main/core/keys/keyring.ts';
import { NO_KEYCHAIN, type SecretBox } from '#main/core/keys/secret-box.ts';
import type { KeysState } from '#protocol/contract/keys.ts';
import { temporaryHome } from '../../temporary-home.ts';
import { fileOf, fixture, knownKeys } from '../btwallet/fixture.ts';

/** The fixture's slow keys by heart; every other password has a quick key of its own. */
export const quickKeys: DeriveKey = async (request, signal) => {
  const { password } = request;
  const isKnown = Buffer.from(password).toString() === fixture.password;
  if (isKnown || request.kind === 'ansible') return await knownKeys(request, signal);
  return Uint8Array.from(createHash('sha256').update(password).digest());
};

const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x5a);

/** What `fakeKeychain` makes of a text, in base64. */
export const sealedByFake = (text: string): string => Buffer.from(flip(Buffer.from(text))).toString('base64');

/** A keychain that can be shut. */
export function fakeKeychain() {
  const chain = { shut: null as Error | null, sealed: 0 };
  const box: SecretBox = {
    kind: 'os',
    seal: (text) => {
      chain.sealed += 1;
      return chain.shut === null ? Promise.resolve(flip(Buffer.from(text))) : Promise.reject(chain.shut);
    },
    open: (sealed) =>
      chain.shut === null ? Promise.resolve(Buffer.from(flip(sealed)).toString()) : Promise.reject(chain.shut),
  };
  return { chain, box };
}

type FixtureFile = Parameters<typeof fileOf>[0];

/** A folder of wallets like btcli's. */
export function walletsFolder(files: Readonly<Record<string, FixtureFile>>): string {
  const folder = join(temporaryHome(), 'wallets');
  for (const [path, name] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), fileOf(name), { mode: 0o600 });
  }
  return folder;
}

export interface KeyringScene {
  readonly home: string;
  readonly keyring: Keyring;
  readonly states: KeysState[];
  readonly logs: string[];
  nowMs: number;
}

export async function openScene(
  options: Partial<KeyringOptions> & { readonly box?: SecretBox; readonly password?: string } = {},
): Promise<KeyringScene> {
  const { box = NO_KEYCHAIN, password = null, home = temporaryHome(), ...rest } = options;
  const states: KeysState[] = [];
  const logs: string[] = [];
  const scene: KeyringScene = {
    ...{ home, states, logs, nowMs: 0 },
    keyring: openKeyring({
      home,
      secretBox: () => Promise.resolve(box),
      walletsFolder: null,
      nowMs: () => scene.nowMs,
      log: (_, message) => logs.push(message),
      onChange: (state) => states.push(state),
      derive: quickKeys,
      ...rest,
    }),
  };
  onTestFinished(() => scene.keyring.close());
  await scene.keyring.start(password);
  return scene;
}
