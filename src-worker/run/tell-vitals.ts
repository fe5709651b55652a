import type { ProcessVitals } from '#protocol/validator-news.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import type { RunNode } from './node.ts';

const EVERY_MS = 5_000;

/** Tells the parent now and every few seconds how this process does. Returns what ends it. */
export function tellVitals(
  node: { readonly peer: Pick<RunNode['peer'], 'peerCount'>; readonly traffic: RunNode['traffic'] },
  send: (message: ChildMessage) => void,
): () => void {
  const tell = (): void => send({ kind: 'vitals', vitals: vitalsOf(node) });
  tell();
  const timer = setInterval(tell, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function vitalsOf({ peer, traffic }: Parameters<typeof tellVitals>[0]): ProcessVitals {
  const { inBytes, outBytes } = traffic();
  return {
    ...{ peers: peer.peerCount(), blobBytesIn: inBytes, blobBytesOut: outBytes },
    residentBytes: process.memoryUsage.rss(),
  };
}
