/** Connections in all: a run of a few hundred workers fits, and sockets stay far below the usual limit of 1024 files. */
export const MAX_CONNECTIONS = 256;

/** New connections a second from one host: several workers may live behind one address, a flood may not. */
export const MAX_INBOUND_PER_HOST_PER_SECOND = 50;
/** Connections open from one host, an IPv4 address or an IPv6 /64: an eighth of all. */
export const MAX_INBOUND_PER_HOST = 32;
export const MAX_INBOUND_PENDING = 64;

export const DIAL_TIMEOUT_MS = 10_000;
export const UPGRADE_TIMEOUT_MS = 10_000;

/** Pings find dead peers. Generous, because a machine that trains may not answer for seconds. */
export const PING_INTERVAL_MS = 30_000;
export const PING_TIMEOUT_MS = 20_000;

/** Streams of all protocols that one connection may open here. */
export const MAX_INBOUND_STREAMS_PER_CONNECTION = 64;

/**
 * Yamux: bytes a stream may have on the way. The read buffer must hold as much, because a reader that pauses still receives
 * the whole window, and a buffer that overflows resets the stream. A stream begins with all of it, at both ends alike: from the
 * usual 256 KiB it would have to grow, and a sender whose window runs full cuts its frames ever smaller.
 */
export const STREAM_WINDOW_BYTES = 2 * 1024 * 1024;

/** A stream on which nothing moves for this long, while this end waits for it, is given up. */
export const STALL_TIMEOUT_MS = 15_000;

/** Longest life of an inbound stream, whatever it does. */
export const INBOUND_STREAM_LIFE_MS = 10 * 60_000;

/** After our end is closed, the other end has this long to close too. */
export const CLOSE_GRACE_MS = 2_000;
