import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { ChainStart, ChildMessage, ValidatorStart, WorkerStart } from '#protocol/worker-messages.ts';
import { errorMessage } from '#protocol/errors.ts';
import { chainStartSchema, runChain } from '#network/devnet/run-chain.ts';
import { startValidator } from '#network/validator/run-validator.ts';
import { startWorker } from '#worker/run-worker.ts';
import * as v from 'valibot';
import { countStreams } from './count-streams.ts';
import { serveSide } from './serve-side.ts';
import type { SwarmTally, TrafficBytes } from './swarm-requests.ts';

/** Ends with this process alone. */
const { signal } = new AbortController();
let said: SwarmTally['said'][number][] = [];
let chainPort = -1;

const countedStreams = countStreams();
/** All connections that this process ever had, without a change to what is measured. */
const sockets = new Set<Socket>();
const gone = { chain: { sent: 0, received: 0 }, peers: { sent: 0, received: 0 } };
const kindOf = (port: number | undefined): 'chain' | 'peers' => (port === chainPort ? 'chain' : 'peers');

function watch(message: unknown): void {
  const { socket } = message as { readonly socket: Socket };
  sockets.add(socket);
  let kind = kindOf(socket.remotePort);
  socket.once('connect', () => void (kind = kindOf(socket.remotePort)));
  socket.once('close', () => {
    sockets.delete(socket);
    gone[kind].sent += socket.bytesWritten;
    gone[kind].received += socket.bytesRead;
  });
}
subscribe('net.client.socket', watch);
subscribe('net.server.socket', watch);

function traffic(kind: 'chain' | 'peers'): TrafficBytes {
  let { sent, received } = gone[kind];
  for (const socket of sockets) {
    if (kindOf(socket.remotePort) !== kind) continue;
    sent += socket.bytesWritten;
    received += socket.bytesRead;
  }
  return { sent, received };
}

const hears =
  (name: string) =>
  (message: ChildMessage): void => {
    const isStep = message.kind === 'progress' && message.progress.phase === 'training';
    if (!isStep) said.push({ name, atMs: Date.now(), message });
  };

function follow(name: string, running: Promise<void>): void {
  running.catch((error: unknown) => {
    hears(name)({ kind: 'failed', code: 'ENDED', message: errorMessage(error) });
  });
}

serveSide({
  chain: async (start: ChainStart): Promise<string> =>
    (await runChain(v.parse(chainStartSchema, start), hears('chain'))).url,
  validator: (start: ValidatorStart): Promise<null> => {
    chainPort = Number(new URL(start.chainUrl).port);
    follow('validator', startValidator(start, hears('validator'), signal));
    return Promise.resolve(null);
  },
  workers: (starts: readonly (WorkerStart & { readonly name: string })[]): Promise<null> => {
    for (const { name, ...start } of starts) {
      chainPort = Number(new URL(start.chainUrl).port);
      follow(name, startWorker(start, hears(name), signal));
    }
    return Promise.resolve(null);
  },
  tally: (): Promise<SwarmTally> => {
    const { user, system } = process.cpuUsage();
    const tally = {
      ...{ said, rssBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 },
      ...{ chain: traffic('chain'), peers: traffic('peers'), connections: sockets.size, streams: countedStreams() },
    };
    said = [];
    return Promise.resolve(tally);
  },
});
