import type { ChainStart, ChildMessage, ValidatorStart, WorkerStart } from '#protocol/worker-messages.ts';

export interface TrafficBytes {
  readonly sent: number;
  readonly received: number;
}

/** What the streams of one protocol carried. */
export interface StreamBytes extends TrafficBytes {
  readonly streams: number;
}

/** What a process of the swarm has used since its start, and what its members have said since they were last asked. */
export interface SwarmTally {
  readonly said: readonly { readonly name: string; readonly atMs: number; readonly message: ChildMessage }[];
  readonly rssBytes: number;
  readonly cpuSeconds: number;
  readonly chain: TrafficBytes;
  readonly peers: TrafficBytes;
  readonly connections: number;
  /** By protocol. */
  readonly streams: Readonly<Record<string, StreamBytes>>;
}

/** What a process of the swarm can be asked for: to be the chain, the validator or some of the workers. */
export interface SwarmRequests {
  /** Replies with the chain's address. */
  readonly chain: { readonly ask: ChainStart; readonly reply: string };
  readonly validator: { readonly ask: ValidatorStart; readonly reply: null };
  readonly workers: { readonly ask: readonly (WorkerStart & { readonly name: string })[]; readonly reply: null };
  readonly tally: { readonly ask: null; readonly reply: SwarmTally };
}
