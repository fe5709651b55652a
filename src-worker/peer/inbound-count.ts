import type { StreamProtocol } from '#protocol/peer/stream-protocol.ts';

/** Counts the inbound streams of one protocol, by remote peer and in all. */
export class InboundCount {
  readonly #limits: Pick<StreamProtocol, 'maxInboundPerPeer' | 'maxInboundTotal'>;
  readonly #byPeer = new Map<string, number>();
  #total = 0;

  constructor(limits: Pick<StreamProtocol, 'maxInboundPerPeer' | 'maxInboundTotal'>) {
    this.#limits = limits;
  }

  /** The function to call once when the stream is gone, or null when the peer or the node has as many as it may. */
  enter(peerId: string): (() => void) | null {
    const ofPeer = this.#byPeer.get(peerId) ?? 0;
    if (ofPeer >= this.#limits.maxInboundPerPeer || this.#total >= this.#limits.maxInboundTotal) return null;
    this.#byPeer.set(peerId, ofPeer + 1);
    this.#total += 1;
    return () => {
      this.#total -= 1;
      const left = (this.#byPeer.get(peerId) ?? 1) - 1;
      if (left > 0) this.#byPeer.set(peerId, left);
      else this.#byPeer.delete(peerId);
    };
  }
}
