import type { Connection, Stream } from '@libp2p/interface';

/** A relay has places for only so many ways: one that nobody uses ends after one to two of these. */
const UNUSED_MS = 30_000;

const isOurs = ({ protocol }: Stream): boolean => protocol.startsWith('/millrace/');

/** Ends a relayed connection on which none of our protocols has a stream at two looks in a row. */
export function endWhenUnused(connection: Connection): void {
  let wasUnused = false;
  const timer = setInterval(() => {
    const isUnused = !connection.streams.some(isOurs);
    if (isUnused && wasUnused) end(connection);
    wasUnused = isUnused;
  }, UNUSED_MS);
  timer.unref();
  connection.addEventListener('close', () => clearInterval(timer), { once: true });
}

/** Ends a relayed connection as soon as nothing of ours is under way on it: there is a better one. */
export async function endWhenIdle(connection: Connection): Promise<void> {
  for (;;) {
    const busy = connection.streams.filter(isOurs);
    if (busy.length === 0) break;
    await Promise.all(busy.map(ended));
  }
  end(connection);
}

function end(connection: Connection): void {
  connection.close().catch((error: unknown) => {
    connection.abort(error instanceof Error ? error : new Error('Not closed'));
  });
}

const ended = (stream: Stream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.timeline.close !== undefined) resolve();
    else stream.addEventListener('close', () => resolve(), { once: true });
  });
