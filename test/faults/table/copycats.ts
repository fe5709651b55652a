import { utf8 } from '#protocol/bytes.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { elementCount, parameterShapes } from '#protocol/model-shape.ts';
import { randomStream } from '#protocol/random.ts';
import type { Announcement } from '#protocol/round/announcement.ts';
import { decodeUpdateBlob, encodeUpdateBlob } from '#protocol/update/update-blob.ts';
import { ONLY_SHARD, tokensPerStep } from '#protocol/update/update-header.ts';
import type { WorkerPorts } from '#worker/round/worker-desk.ts';
import { withAnnouncement } from '../../support/faults/alter.ts';
import type { Fault, Outcome } from '../../support/faults/fault.ts';
import { earnsAtMost, honestRewards, mean, percent } from '../../support/faults/judge.ts';
import { refusedAs } from '../../support/faults/refused.ts';
import type { Stage } from '../../support/faults/stage.ts';
import { CROWD, WORKERS } from './clean.ts';

const VICTIM = 1;
const MOST_OF_HONEST = 0.05;
/** Relative to each value. */
const NOISE = 0.1;

/** As soon as the victim's announcement is known. */
async function stolen(
  stage: Stage,
  victim: number,
  own: Announcement,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<Announcement> {
  for (;;) {
    const found = stage.announced.find(
      ({ worker, announcement }) => worker === victim && announcement.round === own.round,
    );
    if (found !== undefined) return found.announcement;
    await ports.clock.waitFor((ports.clock.current()?.number ?? 0) + 1, signal);
  }
}

/** What another one has handed in, every value a little different, encoded anew in the own name. */
async function disguised(
  stage: Stage,
  victim: number,
  of: Announcement,
  ports: WorkerPorts,
  salt: number,
): Promise<Announcement['blob']> {
  const { spec, id } = stage.swarm.run;
  const target = { run: id, round: of.round, shard: ONLY_SHARD, baseRoot: of.baseRoot };
  const itsTarget = { ...target, maker: stage.swarm.hotkey(victim) };
  const header = { ...target, maker: hotkeyOf(ports.hotkey), tokens: of.innerSteps * tokensPerStep(spec) };
  const original = decodeUpdateBlob(spec, itsTarget, stage.swarm.blobs.get(of.blob) ?? new Uint8Array());
  const random = randomStream(utf8(`${of.round} ${salt}`.padEnd(32)));
  const sizes = parameterShapes(spec.model).map(({ shape }) => elementCount(shape));
  const differences = original.map(({ indices, values }, tensor) => {
    const dense = new Float32Array(sizes[tensor] ?? 0);
    for (const [i, index] of indices.entries()) {
      dense[index] = (values[i] ?? 0) * (1 + NOISE * ((2 * random.nextUint32()) / 2 ** 32 - 1));
    }
    return dense;
  });
  const errors = sizes.map((size) => new Float32Array(size));
  stage.count('copied with noise');
  return ports.putBlob(encodeUpdateBlob(header, await ports.updates.encode(spec.update, differences, errors)));
}

export const copied: Fault = {
  name: 'update copied from a peer',
  cast: WORKERS,
  faulty: [0],
  worker: (n, ports, stage) =>
    n === 0
      ? withAnnouncement(ports, async (own, signal) => {
          const { blob, baseRoot, innerSteps } = await stolen(stage, VICTIM, own, ports, signal);
          return { ...own, blob, baseRoot, innerSteps };
        })
      : ports,
  fired: (outcome) => refusedAs(outcome, 0, /Update was made by another worker/),
  expect: (outcome) => [earnsAtMost(outcome, { faulty: [0] }, MOST_OF_HONEST)],
};

const copying = (stage: Stage, n: number, victim: number, ports: WorkerPorts): WorkerPorts =>
  withAnnouncement(ports, async (own, signal) => {
    const of = await stolen(stage, victim, own, ports, signal);
    const blob = await disguised(stage, victim, of, ports, n);
    return { ...own, blob, baseRoot: of.baseRoot, innerSteps: of.innerSteps };
  });

/** Taken as an update of its own at first. */
function takenCopies({ replies }: Outcome, workers: readonly number[], made: number): string | null {
  const taken = replies.filter(({ worker, reply }) => workers.includes(worker) && reply.accepted).length;
  return made > 0 && taken > 0 ? `${made} copies, ${taken} taken to be judged` : null;
}

export const copiedWithNoise: Fault = {
  name: 'update copied with noise',
  cast: WORKERS,
  faulty: [0],
  worker: (n, ports, stage) => (n === 0 ? copying(stage, n, VICTIM, ports) : ports),
  fired: (outcome, stage) => takenCopies(outcome, [0], stage.counts.get('copied with noise') ?? 0),
  expect: (outcome) => [earnsAtMost(outcome, { faulty: [0] }, MOST_OF_HONEST)],
};

/** One machine with four keys: it trains once. */
const TRAINS = 8;
const SYBILS = [9, 10, 11];

export const sybils: Fault = {
  name: '30 % Sybils',
  cast: CROWD,
  faulty: [TRAINS, ...SYBILS],
  worker: (n, ports, stage) => {
    if (n === TRAINS) stage.sybilAddress = ports.address;
    if (!SYBILS.includes(n)) return ports;
    return copying(stage, n, TRAINS, { ...ports, address: () => stage.sybilAddress?.() ?? ports.address() });
  },
  fired: (outcome, stage) => takenCopies(outcome, SYBILS, stage.counts.get('copied with noise') ?? 0),
  expect: (outcome) => {
    const honest = mean(honestRewards(outcome, sybils));
    const all = [TRAINS, ...SYBILS].reduce((sum, n) => sum + (outcome.rewards[n] ?? 0), 0) / honest;
    return [
      earnsAtMost(outcome, { faulty: SYBILS, honestBeside: [TRAINS] }, MOST_OF_HONEST),
      { name: 'four keys earn ≤ 1.25 honest workers', measured: percent(all), ok: all <= 1.25 },
    ];
  },
};
