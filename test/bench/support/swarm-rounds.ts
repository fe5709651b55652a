import { deadlineBlock } from '#protocol/round/clock.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { median } from './median.ts';
import type { StreamBytes, SwarmTally, TrafficBytes } from './swarm-requests.ts';

/** All processes of a swarm at one moment: the validator's, and those of the workers together. */
export interface SwarmUse {
  readonly validator: Use;
  readonly workers: Use;
}

export interface Use {
  readonly rssBytes: number;
  readonly cpuSeconds: number;
  readonly chain: TrafficBytes;
  readonly peers: TrafficBytes;
  readonly streams: SwarmTally['streams'];
}

/** What a swarm did. */
export interface SwarmRecord {
  readonly workers: number;
  /** Rounds that are measured, each later than the one before. */
  readonly rounds: readonly number[];
  readonly timing: RunSpec['round'];
  /** When a block was seen, by its number. */
  readonly blockAtMs: ReadonlyMap<number, number>;
  readonly said: SwarmTally['said'];
  /** At the end of each round, after one for the begin of the first. */
  readonly uses: readonly SwarmUse[];
  /** Of the workers' processes before there was a worker in them. */
  readonly emptyRssBytes: number;
  /** One minute's, at the end. */
  readonly load: number;
}

/** One row of the report. */
export type SwarmRow = ReturnType<typeof swarmRow>;

const MIB = 1024 * 1024;
const KIB = 1024;

export function swarmRow(record: SwarmRecord) {
  const { workers, rounds, uses } = record;
  const outcomes = rounds.map((round) => outcomeOf(record, round));
  const [first, last] = [uses[0], uses.at(-1)];
  if (first === undefined || last === undefined) throw new Error('Nothing was measured');
  const sum = (of: (outcome: (typeof outcomes)[number]) => number): number =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const seconds = outcomes.flatMap((outcome) => (outcome.manifestSeconds === null ? [] : [outcome.manifestSeconds]));
  const perRound = (of: (use: SwarmUse) => number): number => (of(last) - of(first)) / rounds.length;
  const perWorker = (of: (use: SwarmUse) => number): number => perRound(of) / workers;
  const updateBytes = outcomes.flatMap((outcome) => outcome.updateBytes);
  const mergedKiB = (sum(({ merged }) => merged) / rounds.length) * (median(updateBytes) / KIB);
  return {
    name: `${workers} workers`,
    ...{ workers, rounds: rounds.length, completed: outcomes.filter(({ root }) => root !== null).length },
    ...{ sentInTime: sum(({ inTime }) => inTime), accepted: sum(({ accepted }) => accepted) },
    ...{ merged: sum(({ merged }) => merged), rated: sum(({ rated }) => rated), lost: sum(({ lost }) => lost) },
    // Late or not at all: the machine is too slow for the round, which is no loss of what was sent.
    notInTime: workers * rounds.length - sum(({ inTime }) => inTime),
    mostRoots: Math.max(...outcomes.map(({ roots }) => roots)),
    failed: record.said.filter(({ message }) => isFailure(message)).length,
    ...{ manifestSeconds: median(seconds), mostManifestSeconds: Math.max(...seconds) },
    validatorCpuSeconds: perRound(({ validator }) => validator.cpuSeconds),
    validatorMiB: last.validator.rssBytes / MIB,
    validatorSentKiB: perRound(({ validator }) => validator.peers.sent) / KIB,
    validatorReceivedKiB: perRound(({ validator }) => validator.peers.received) / KIB,
    validatorChainKiB: perRound(({ validator }) => bothWays(validator.chain)) / KIB,
    workerCpuSeconds: perWorker(({ workers: use }) => use.cpuSeconds),
    workerMiB: last.workers.rssBytes / MIB / workers,
    addedMiBPerWorker: (last.workers.rssBytes - record.emptyRssBytes) / MIB / workers,
    workerSentKiB: perWorker(({ workers: use }) => use.peers.sent) / KIB,
    workerReceivedKiB: perWorker(({ workers: use }) => use.peers.received) / KIB,
    workerChainKiB: perWorker(({ workers: use }) => bothWays(use.chain)) / KIB,
    workerStreams: describeStreams(first.workers.streams, last.workers.streams, workers * rounds.length),
    validatorStreams: describeStreams(first.validator.streams, last.validator.streams, rounds.length),
    ...{ updateKiB: median(updateBytes) / KIB, mergedKiB },
    load: record.load,
  };
}

/** In words, by protocol: streams, KiB sent and received, of one node in one round. */
function describeStreams(before: SwarmTally['streams'], after: SwarmTally['streams'], share: number): string {
  return Object.entries(after)
    .map(([protocol, bytes]) => {
      const each = (of: keyof StreamBytes): number => (bytes[of] - (before[protocol]?.[of] ?? 0)) / share;
      const kib = (of: 'sent' | 'received'): string => (each(of) / KIB).toFixed(1);
      return `${protocol} ${each('streams').toFixed(1)}: ${kib('sent')} out, ${kib('received')} in`;
    })
    .join('; ');
}

const bothWays = ({ sent, received }: TrafficBytes): number => sent + received;

const isFailure = (message: SwarmTally['said'][number]['message']): boolean =>
  message.kind === 'failed' || (message.kind === 'worker-state' && message.state.kind === 'diverged');

function outcomeOf({ said, timing, blockAtMs }: SwarmRecord, round: number) {
  const deadlineMs = blockAtMs.get(deadlineBlock(round, timing)) ?? Infinity;
  const inTime = new Set<string>();
  const roots = new Set<string>();
  const updateBytes: number[] = [];
  let rated = 0;
  let manifest: { readonly announced: number; readonly selected: number; readonly atMs: number } | null = null;
  for (const { name, atMs, message } of said) {
    if (message.kind === 'progress' && message.progress.round === round) {
      if (message.progress.phase === 'announcing' && atMs < deadlineMs) inTime.add(name);
    } else if (message.kind === 'round' && message.round.round === round) {
      if (message.round.stateRoot !== null) roots.add(message.round.stateRoot);
      if (message.round.score !== null) rated += 1;
      updateBytes.push(message.round.updateBytes);
    } else if (message.kind === 'manifest' && message.manifest.round === round) {
      roots.add(message.manifest.stateRoot);
      manifest = { ...message.manifest, atMs };
    }
  }
  const accepted = manifest?.announced ?? 0;
  return {
    ...{ inTime: inTime.size, accepted, merged: manifest?.selected ?? 0, rated, roots: roots.size, updateBytes },
    lost: Math.max(0, inTime.size - accepted),
    root: manifest === null ? null : [...roots][0],
    manifestSeconds: manifest === null ? null : (manifest.atMs - deadlineMs) / 1000,
  };
}

/** A doubling may cost the validator twice as much, and what a shared machine adds by chance. */
const LINEAR = 2.2;
const FLAT = 1.1;

/** @param rows by their number of workers, the smallest first */
export function swarmVerdicts(rows: readonly SwarmRow[]) {
  const verdicts = rows.flatMap((row) => [
    verdict(`${row.name}: rounds completed`, row.completed, `= ${row.rounds}`, row.completed === row.rounds),
    verdict(`${row.name}: updates lost that were sent in time`, row.lost, '= 0', row.lost === 0),
    verdict(`${row.name}: roots in a round, at most`, row.mostRoots, '= 1', row.mostRoots === 1),
    verdict(`${row.name}: members that failed`, row.failed, '= 0', row.failed === 0),
  ]);
  for (const [i, large] of rows.entries()) {
    const small = rows[i - 1];
    if (small === undefined) continue;
    const factor = large.workers / small.workers;
    const growth = (what: string, of: (row: SwarmRow) => number, most: number): void => {
      const value = of(large) / of(small);
      const name = `${what}, ${large.workers} ÷ ${small.workers} workers`;
      verdicts.push(verdict(name, value, `<= ${Number(most.toFixed(2))}`, value <= most));
    };
    const linear = (factor * LINEAR) / 2;
    growth('validator’s time to the manifest', ({ manifestSeconds }) => manifestSeconds, linear);
    growth('validator’s CPU time', ({ validatorCpuSeconds }) => validatorCpuSeconds, linear);
    growth('validator’s memory', ({ validatorMiB }) => validatorMiB, linear);
    growth('validator’s bytes with peers', (row) => row.validatorSentKiB + row.validatorReceivedKiB, linear);
    growth('a worker’s memory', ({ workerMiB }) => workerMiB, FLAT);
    // What is merged is fetched, and given to as many others.
    growth(
      'a worker’s bytes with peers by merged blob',
      (row) => (row.workerSentKiB + row.workerReceivedKiB) / row.mergedKiB,
      FLAT,
    );
    growth('a worker’s bytes with the chain', ({ workerChainKiB }) => workerChainKiB, FLAT);
  }
  return verdicts;
}

const verdict = (name: string, value: number, goal: string, ok: boolean) => ({ name, value, goal, ok });
