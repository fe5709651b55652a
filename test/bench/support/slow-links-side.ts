import { createServer, connect, type Socket } from 'node:net';

/**
 * A process: `slow-links-side.ts FIRST COUNT OFFSET DELAY_MS` takes connections at `FIRST + OFFSET …` and passes on what comes, that much
 * later each way, to `FIRST …`. Says `ready` once it listens. Its own connections come from 127.0.0.2, by which they are known.
 */
const [first = 0, count = 0, offset = 0, delayMs = 0] = process.argv.slice(2).map(Number);
const OWN_ADDRESS = '127.0.0.2';

function passOn(from: Socket, to: Socket): void {
  const later = (act: () => void): void => void setTimeout(act, delayMs);
  from.on('data', (bytes) =>
    later(() => {
      if (!to.destroyed) to.write(bytes);
    }),
  );
  from.on('end', () => later(() => to.end()));
  from.on('error', () => later(() => to.destroy()));
  from.on('close', () => later(() => to.destroy()));
}

const listening = Array.from({ length: count }, (_, index) => {
  const port = first + index;
  const server = createServer({ allowHalfOpen: true }, (caller) => {
    const called = connect({ port, host: '127.0.0.1', localAddress: OWN_ADDRESS, allowHalfOpen: true });
    passOn(caller, called);
    passOn(called, caller);
  });
  return new Promise<void>((resolve) => server.listen(port + offset, '127.0.0.1', resolve));
});
await Promise.all(listening);
process.stdout.write('ready\n');
