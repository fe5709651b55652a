import { expect, it } from 'vitest';
import { createShunnedPeers } from '#worker/run/shunned-peers.ts';

const MINUTE_MS = 60_000;

it('a peer is shunned until it has sent what is right, or for a quarter of an hour since the last time that it did not', () => {
  let nowMs = 0;
  const shunned = createShunnedPeers(() => nowMs);
  expect(shunned.has('/a')).toBe(false);
  for (const address of ['/a', '/b']) shunned.add(address);
  shunned.delete('/b');
  expect([shunned.has('/a'), shunned.has('/b')]).toEqual([true, false]);
  nowMs = 10 * MINUTE_MS;
  shunned.add('/a');
  nowMs = 25 * MINUTE_MS - 1;
  expect(shunned.has('/a')).toBe(true);
  nowMs = 25 * MINUTE_MS;
  expect(shunned.has('/a')).toBe(false);
});

it('of more than 256 peers those are forgotten that have been shunned the longest', () => {
  const shunned = createShunnedPeers(() => 0);
  for (let n = 0; n < 256; n += 1) shunned.add(`/${n}`);
  shunned.add('/0');
  for (let n = 1000; n < 1010; n += 1) shunned.add(`/${n}`);
  expect(['/0', '/11', '/255', '/1009'].map((address) => shunned.has(address))).toEqual([true, true, true, true]);
  expect(['/1', '/10'].map((address) => shunned.has(address))).toEqual([false, false]);
});
