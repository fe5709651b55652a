/** Addresses to ask last, as long as others may have what is wanted. Forgotten after a while, and the oldest when there are too many. */
export interface ShunnedPeers {
  has(address: string): boolean;
  add(address: string): void;
  delete(address: string): void;
}

/** A busy line or a restart is over by then; who still sends wrong bytes is found out by one more question. */
const SHUNNED_MS = 15 * 60_000;
/** As many as a subnet usually has members. Strangers are told of by the DHT, and an address costs nobody anything. */
const MOST_ADDRESSES = 256;

/** @param nowMs milliseconds from any fixed instant, never going back */
export function createShunnedPeers(nowMs: () => number): ShunnedPeers {
  /** Since when, the longest ago first. */
  const since = new Map<string, number>();
  return {
    has: (address) => nowMs() - (since.get(address) ?? -Infinity) < SHUNNED_MS,
    add(address) {
      since.delete(address);
      since.set(address, nowMs());
      const [oldest] = since.keys();
      if (since.size > MOST_ADDRESSES && oldest !== undefined) since.delete(oldest);
    },
    delete: (address) => void since.delete(address),
  };
}
