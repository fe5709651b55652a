import { AbstractStream } from '@libp2p/utils';
import type { StreamBytes } from './swarm-requests.ts';

/** What streams are opened for before both sides have agreed on a protocol. */
const AGREEING = 'agreeing';

/**
 * Counts what this process's streams carry from now on, by protocol. What the multiplexer, the encryption and the sockets add is
 * not in it. The library has no such count without its metrics, which the product does not use.
 */
export function countStreams(): () => Readonly<Record<string, StreamBytes>> {
  const counts: Record<string, { streams: number; sent: number; received: number }> = {};
  const of = (protocol: string) => (counts[protocol || AGREEING] ??= { streams: 0, sent: 0, received: 0 });
  const seen = new WeakSet<AbstractStream>();
  const meet = (stream: AbstractStream): void => {
    if (stream.protocol === '' || seen.has(stream)) return;
    seen.add(stream);
    of(stream.protocol).streams += 1;
  };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the stream as `this` below
  const { send, onData } = AbstractStream.prototype;
  AbstractStream.prototype.send = function (data): boolean {
    meet(this);
    of(this.protocol).sent += data.byteLength;
    return send.call(this, data);
  };
  AbstractStream.prototype.onData = function (data): void {
    meet(this);
    of(this.protocol).received += data.byteLength;
    onData.call(this, data);
  };
  return () => structuredClone(counts);
}
