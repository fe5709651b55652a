/** A libp2p protocol of ours with the limits that every node keeps, whoever is at the other end. */
export interface StreamProtocol {
  /** `/name/version`; both ends must say the same, so a new format gets a new id. */
  readonly id: string;
  /** Streams that one remote peer may have open here, over all its connections; more are reset. */
  readonly maxInboundPerPeer: number;
  /** Streams open here from all peers together; more are reset. */
  readonly maxInboundTotal: number;
  /** Streams that we open to one peer; further ones wait. Lower than `maxInboundPerPeer`, so that no honest peer is reset. */
  readonly maxOutboundPerPeer: number;
}
