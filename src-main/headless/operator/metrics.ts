import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ValidatorNews } from '#protocol/validator-news.ts';
import type { ChildMessage, WorkerRound } from '#protocol/worker-messages.ts';
import type { MemberStatus } from './member-status.ts';

/** What Prometheus is told of one worker or validator. */
export interface Metrics {
  see(message: ChildMessage): void;
  /** The process has crashed and is started again. */
  restarted(): void;
  text(): Promise<string>;
  readonly contentType: string;
}

/** Answers to announcements that get a series of their own; others are counted together, so that no stranger makes series. */
const RESULTS: ReadonlySet<string> = new Set(
  ['accepted', 'late', 'stale-state', 'duplicate', 'copied', 'too-many', 'bad-update', 'not-fetched'].concat([
    'not-stored',
    'unknown-hotkey',
    'other-run',
    'wrong-round',
    'malformed',
    'closed',
  ]),
);
const JUDGE_BUCKETS_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Those of the process that serves them are Node's own; those of the child have names that begin with `millrace_`. */
export function createMetrics(kind: MemberStatus['kind']): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const common = commonMetrics(register);
  const see = kind === 'worker' ? workerMetrics(register, common) : validatorMetrics(register, common);
  const seeVitals = vitalsMetrics(register);
  return {
    see: (message) => {
      if (message.kind === 'vitals') seeVitals(message);
      else see(message);
    },
    restarted: () => common.restarts.inc(),
    text: () => register.metrics(),
    contentType: register.contentType,
  };
}

type Common = ReturnType<typeof commonMetrics>;

const commonMetrics = (register: Registry) => {
  const registers = [register];
  return {
    round: new Gauge({ name: 'millrace_round', help: 'Round under way.', registers }),
    rounds: new Counter({ name: 'millrace_rounds_total', help: 'Rounds that were settled.', registers }),
    evalLoss: new Gauge({
      ...{ name: 'millrace_eval_loss', help: 'Loss of the newest state on held-out text, nats per token.', registers },
    }),
    restarts: new Counter({
      ...{ name: 'millrace_process_restarts_total', help: 'Crashes after which the process was started again.' },
      registers,
    }),
  };
};

function vitalsMetrics(register: Registry): (message: Extract<ChildMessage, { kind: 'vitals' }>) => void {
  const registers = [register];
  const peers = new Gauge({ name: 'millrace_peers', help: 'Peers that it is connected with.', registers });
  const memory = new Gauge({
    ...{
      name: 'millrace_process_resident_memory_bytes',
      help: 'Memory of the worker or validator process.',
      registers,
    },
  });
  const bytes = new Counter({
    ...{ name: 'millrace_blob_bytes_total', help: 'Bytes of blobs from others (in) and to others (out).' },
    ...{ labelNames: ['direction'], registers },
  });
  const seen = { in: 0, out: 0 };
  const count = (direction: 'in' | 'out', total: number): void => {
    // A process that was started again counts from zero.
    bytes.inc({ direction }, total >= seen[direction] ? total - seen[direction] : total);
    seen[direction] = total;
  };
  return ({ vitals }) => {
    peers.set(vitals.peers);
    memory.set(vitals.residentBytes);
    count('in', vitals.blobBytesIn);
    count('out', vitals.blobBytesOut);
  };
}

function workerMetrics(register: Registry, common: Common): (message: ChildMessage) => void {
  const registers = [register];
  const speed = new Gauge({ name: 'millrace_tokens_per_second', help: 'Speed of training.', registers });
  const loss = new Gauge({ name: 'millrace_loss', help: 'Training loss, nats per token.', registers });
  const bytes = new Counter({ name: 'millrace_update_bytes_total', help: 'Bytes of announced updates.', registers });
  const score = new Gauge({ name: 'millrace_score', help: 'Newest score, 0 to 100.', registers });
  const reputation = new Gauge({ name: 'millrace_reputation', help: 'Newest reputation, 0 to 100.', registers });
  const seeRound = (round: WorkerRound): void => {
    common.rounds.inc();
    bytes.inc(round.updateBytes);
    speed.set(round.tokensPerSecond);
    loss.set(round.loss);
    if (round.score !== null) score.set(round.score);
    if (round.reputation !== null) reputation.set(round.reputation);
    if (round.evalLoss !== null) common.evalLoss.set(round.evalLoss);
  };
  return (message) => {
    if (message.kind === 'round') seeRound(message.round);
    if (message.kind !== 'progress') return;
    const { progress } = message;
    common.round.set(progress.round);
    if (progress.tokensPerSecond !== null) speed.set(progress.tokensPerSecond);
    if (progress.loss !== null) loss.set(progress.loss);
  };
}

function validatorMetrics(register: Registry, common: Common): (message: ChildMessage) => void {
  const registers = [register];
  const of = { labelNames: ['hotkey'], registers };
  const score = new Gauge({ name: 'millrace_score', help: 'Newest score of a worker, 0 to 100.', ...of });
  const reputation = new Gauge({ name: 'millrace_reputation', help: 'Newest reputation, 0 to 100.', ...of });
  const judging = new Histogram({
    ...{ name: 'millrace_judge_seconds', help: 'Time that judging a round took.' },
    ...{ buckets: JUDGE_BUCKETS_SECONDS, registers },
  });
  const announcements = new Counter({
    ...{ name: 'millrace_announcements_total', help: 'Announcements by what became of them.' },
    ...{ labelNames: ['result'], registers },
  });
  const manifests = new Counter({
    ...{ name: 'millrace_manifests_total', help: 'Manifests: made here (own), and verdicts on those of others.' },
    ...{ labelNames: ['verdict'], registers },
  });
  const seeNews = (news: ValidatorNews): void => {
    if (news.kind === 'round-opened') common.round.set(news.round);
    if (news.kind === 'announcement') announcements.inc({ result: RESULTS.has(news.result) ? news.result : 'other' });
    if (news.kind === 'manifest-made') manifests.inc({ verdict: 'own' });
    if (news.kind === 'manifest-checked') manifests.inc({ verdict: news.verdict });
    if (news.kind !== 'judged') return;
    judging.observe(news.seconds);
    // Whoever has left has no score any more.
    score.reset();
    reputation.reset();
    for (const rating of news.ratings) {
      score.set({ hotkey: rating.hotkey }, rating.score);
      if (rating.reputation !== null) reputation.set({ hotkey: rating.hotkey }, rating.reputation);
    }
  };
  return (message) => {
    if (message.kind === 'validator') seeNews(message.news);
    if (message.kind !== 'manifest') return;
    common.rounds.inc();
    common.evalLoss.set(message.manifest.evalLoss);
  };
}
