import { expect, test } from 'vitest';
import { deriveKeyAside } from '#main/core/btwallet/derive-key-aside.ts';
import { deriveKey } from '#main/core/btwallet/derive-key.ts';
import { fromHex, toHex, utf8 } from '#protocol/bytes.ts';
import { fixture } from './fixture.ts';

const password = (): Uint8Array => utf8(fixture.password);

/** Seconds of computing each, more on a busy machine. */
const SLOW_MS = 120_000;

test("derives libsodium's Argon2i key as PyNaCl does, while this thread goes on", { timeout: SLOW_MS }, async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 5);
  const moved = password();
  const key = await deriveKeyAside({ kind: 'nacl', password: moved });
  clearInterval(timer);
  expect(toHex(key)).toBe(fixture.naclKey);
  expect(moved.length).toBe(0);
  expect(turns).toBeGreaterThan(20);
});

test("derives Fernet's key of ten million iterations as hashlib does", { timeout: SLOW_MS }, async () => {
  expect(toHex(await deriveKeyAside({ kind: 'fernet', password: password() }))).toBe(fixture.fernetKey);
});

test("derives a vault's keys as hashlib does, and wipes the password", async () => {
  const wiped = password();
  const keys = await deriveKey({ kind: 'ansible', password: wiped, salt: fromHex(fixture.ansibleSalt) });
  expect(toHex(keys)).toBe(fixture.ansibleKeys);
  expect(wiped.every((byte) => byte === 0)).toBe(true);
});

test('ends at once when it is told to', async () => {
  const stop = new AbortController();
  const derived = deriveKeyAside({ kind: 'fernet', password: password() }, stop.signal);
  stop.abort();
  await expect(derived).rejects.toMatchObject({ code: 'ABORTED' });
  await expect(deriveKeyAside({ kind: 'nacl', password: password() }, stop.signal)).rejects.toMatchObject({
    code: 'ABORTED',
  });
});

test('says so when the thread fails', async () => {
  const bad = { kind: 'ansible', password: password(), salt: null as unknown as Uint8Array } as const;
  await expect(deriveKeyAside(bad)).rejects.toMatchObject({ code: 'ENGINE' });
});
