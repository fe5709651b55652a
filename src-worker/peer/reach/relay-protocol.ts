import type { StreamProtocol } from '#protocol/peer/stream-protocol.ts';

/**
 * Circuit relay v2, by which a node that is publicly reachable carries the bytes of those who are not (libp2p's own protocol). Asking for
 * a place and asking for a way to a peer are one stream each; the latter stays open while the way is used.
 */
export const HOP_PROTOCOL: StreamProtocol = {
  id: '/libp2p/circuit/relay/0.2.0/hop',
  maxInboundPerPeer: 16,
  maxInboundTotal: 64,
  maxOutboundPerPeer: 16,
};

/** From the relay to the one who has a place there: somebody wants to reach it. */
export const STOP_PROTOCOL: StreamProtocol = {
  id: '/libp2p/circuit/relay/0.2.0/stop',
  maxInboundPerPeer: 32,
  maxInboundTotal: 64,
  maxOutboundPerPeer: 32,
};

/**
 * Bytes that one way carries, both directions together; the library's 128 KiB would carry no update. The largest file of a checkpoint
 * takes 64 MiB, an update is smaller; encryption and framing add less than 1 %.
 */
export const MAX_CIRCUIT_BYTES = 72 * 1024 * 1024;
/** Longest life of a way: 120 kB/s carry a largest blob. What is still missing then is fetched over a new one. */
export const MAX_CIRCUIT_MS = 10 * 60_000;

/** Bytes an hour for one host that asks for ways, an IPv4 address or an IPv6 /64: an update of every round, for dozens of workers. */
export const MAX_BYTES_OF_A_HOST_AN_HOUR = 1024 ** 3;
/** Bytes an hour in all: 2.4 MB/s on average, in and out again. */
export const MAX_BYTES_AN_HOUR = 8 * 1024 ** 3;

/** Places at one relay: each costs an open connection, of which a node has 256. */
export const MAX_RESERVATIONS = 128;
/** Several workers may live behind one address. */
export const MAX_RESERVATIONS_OF_A_HOST = 8;
/** Of peers that no registered hotkey names on the chain: newcomers, for the time until they are. */
export const MAX_RESERVATIONS_OF_STRANGERS = 16;
/** The library asks anew five minutes before the end. */
export const RESERVATION_LIFE_MS = 30 * 60_000;

/** Relays at which a node without a public address keeps a place: one may go. */
export const RELAYS_WANTED = 2;
