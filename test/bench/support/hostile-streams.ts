import { randomBytes } from 'node:crypto';
import { ANNOUNCE_PROTOCOL } from '#protocol/peer/announce-protocol.ts';
import { BLOB_PROTOCOL } from '#protocol/peer/blob-protocol.ts';
import { PROVIDER_PROTOCOL } from '#protocol/peer/provider-protocol.ts';
import type { StreamProtocol } from '#protocol/peer/stream-protocol.ts';
import { startPeer } from '#worker/peer/node.ts';
import type { Peer } from '#worker/peer/peer.ts';

export interface AttackReport {
  /** Opened, or at least asked for: a victim may end a connection first. */
  readonly streams: number;
  readonly refused: number;
  /** Handed to the connection. */
  readonly bytes: number;
  readonly seconds: number;
}

const ATTACKERS = 12;
const STREAMS_AT_ONCE = 8;
const CHUNK = randomBytes(64 * 1024);
/** As many as an attacker likes at its own end. */
const greedy = (protocol: StreamProtocol): StreamProtocol => ({ ...protocol, maxOutboundPerPeer: 1000 });
const PROTOCOLS = [ANNOUNCE_PROTOCOL, BLOB_PROTOCOL, PROVIDER_PROTOCOL, { ...BLOB_PROTOCOL, id: '/nothing/1.0.0' }].map(
  greedy,
);

/** Opens streams and sends garbage until both goals are reached; what the victim does about it is its own affair. */
export async function createAttack(
  address: string,
  goal: { readonly streams: number; readonly bytes: number },
): Promise<AttackReport> {
  const startMs = performance.now();
  const done = { streams: 0, refused: 0, bytes: 0 };
  const isDone = (): boolean => done.streams >= goal.streams && done.bytes >= goal.bytes;
  const attack = async (peer: Peer): Promise<void> => {
    while (!isDone()) {
      const protocol = PROTOCOLS[done.streams % PROTOCOLS.length] ?? greedy(BLOB_PROTOCOL);
      done.streams += 1;
      try {
        const stream = await peer.open(protocol, address, { stallTimeoutMs: 2_000 });
        try {
          // A few are fed until the victim has had enough.
          const chunks = done.bytes < goal.bytes ? 32 : 1;
          for (let i = 0; i < chunks; i += 1) {
            await stream.write(CHUNK);
            done.bytes += CHUNK.length;
          }
        } finally {
          stream.abort(new Error('on purpose'));
        }
      } catch {
        done.refused += 1;
      }
    }
  };
  const peers: Peer[] = [];
  for (let i = 0; i < ATTACKERS; i += 1) {
    peers.push(
      await startPeer({ listenAddress: '/ip4/127.0.0.1/tcp/0', seed: randomBytes(32), warn: () => undefined }),
    );
  }
  await Promise.all(peers.flatMap((peer) => Array.from({ length: STREAMS_AT_ONCE }, () => attack(peer))));
  await Promise.all(peers.map((peer) => peer.stop()));
  return { ...done, seconds: (performance.now() - startMs) / 1000 };
}
