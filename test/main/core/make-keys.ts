import { expect } from 'vitest';
import type { App } from '#main/core/app.ts';
import type { SecretBox } from '#main/core/keys/secret-box.ts';
import type { Hotkey } from '#protocol/ids.ts';
import { coldkeyOf } from '#protocol/keys.ts';
import { openWallet } from '#main/core/keys/wallet.ts';
import { fakeKeychain } from './keys/keyring-scene.ts';
import { until } from './app-scene.ts';

/** A keychain that opens what it has sealed, whichever app asks. */
export const keychain = (): Promise<SecretBox> => Promise.resolve(fakeKeychain().box);

/** Keys for a real chain: a fresh hotkey in the keychain, and the coldkey of this home's devnet, which is only watched. */
export async function makeKeys(app: App, home: string): Promise<Hotkey> {
  const coldkey = coldkeyOf(openWallet(home).coldkey.pair);
  // The app does not wait for it, because a person may have to answer it.
  await until(() => expect(app.store.get().keys.keychain.kind).toBe('os'));
  expect(await app.command('keys.create-hotkey', { password: null })).toEqual({ ok: true });
  expect(await app.command('keys.watch', { address: coldkey })).toEqual({ ok: true });
  const { hotkey } = app.store.get().keys;
  if (hotkey.kind !== 'ready') throw new Error(`The hotkey is ${hotkey.kind}`);
  await until(() => expect(app.store.get().wallet.coldkey).toBe(coldkey));
  return hotkey.address as Hotkey;
}
