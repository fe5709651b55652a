import type { StreamProtocol } from './stream-protocol.ts';

/**
 * Who has which blob: the Kademlia DHT of libp2p under an id of our own, so that it never meets a public one. Of its messages
 * FIND_NODE, GET_PROVIDERS, ADD_PROVIDER and PING count; values are neither kept nor given (docs/FORMATS.md, Finding a blob).
 */
export const PROVIDER_PROTOCOL: StreamProtocol = {
  id: '/millrace/kad/1.0.0',
  maxInboundPerPeer: 16,
  maxInboundTotal: 128,
  maxOutboundPerPeer: 8,
};

/** Of all messages on one stream, in one direction. The longest honest answer, 24 peers with 4 addresses each, is shorter. */
export const MAX_PROVIDER_STREAM_BYTES = 32 * 1024;

/** Nodes that keep a record, nodes in an answer, and providers that a search ends with. */
export const PROVIDER_REPLICATION = 8;

/** After that a record counts no more, unless its provider has sent it again. */
export const PROVIDER_RECORD_LIFE_MS = 2 * 60 * 60_000;

/** Providers of one blob that a node keeps; the first to come stay. */
export const MAX_PROVIDERS_OF_A_BLOB = 16;

/** Addresses of one peer that a node takes from others and gives to others. */
export const MAX_ADDRESSES_OF_A_PEER = 4;
