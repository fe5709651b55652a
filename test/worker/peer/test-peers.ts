import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import type { StreamProtocol } from '#protocol/peer/stream-protocol.ts';
import { startPeer } from '#worker/peer/node.ts';
import type { Peer } from '#worker/peer/peer.ts';

/** Real nodes on loopback, and folders, that go away with the test. */
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

let seeds = 0;

export async function testPeer(warn: (message: string) => void = () => undefined): Promise<Peer> {
  seeds += 1;
  const seed = new Uint8Array(32).fill(seeds);
  const peer = await startPeer({ listenAddress: '/ip4/127.0.0.1/tcp/0', seed, warn });
  cleanups.push(() => peer.stop());
  return peer;
}

export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-peer-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const addressOf = (peer: Peer): string => peer.addresses()[0]!;

/** A protocol for tests of the streams themselves. */
export const TEST_PROTOCOL: StreamProtocol = {
  id: '/millrace-test/1.0.0',
  maxInboundPerPeer: 3,
  maxInboundTotal: 8,
  maxOutboundPerPeer: 2,
};

/** So many nodes that all know a first one, and through it each other. */
export async function testNetwork(count: number): Promise<readonly Peer[]> {
  const peers: Peer[] = [];
  for (let i = 0; i < count; i += 1) peers.push(await testPeer());
  const [hub, ...others] = peers;
  for (const peer of others) await meet(peer, addressOf(hub!));
  // All know the first one, and it knows all: who asks it finds everyone.
  await expect.poll(() => hub!.providers.nodeCount).toBe(others.length);
  await expect.poll(() => peers.every(({ providers }) => providers.nodeCount > 0)).toBe(true);
  return peers;
}

/** Connects to a peer; what it says to a protocol that it does not have is of no interest. */
export async function meet(peer: Peer, address: string): Promise<void> {
  await peer.open({ ...TEST_PROTOCOL, id: '/nothing/1.0.0' }, address).catch(() => undefined);
}

/** Ends with the test. */
export function cleanUp(stop: () => Promise<unknown>): void {
  cleanups.push(stop);
}
