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
  ['accepted', 'late', 'stale-state', 'duplicate', 'too-many', 'bad-update', 'not-fetched'].concat([
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

/** A gauge without labels that is not there before its first value: 0 would be a claim. */
function lazyGauge(register: Registry, name: string, help: string): (value: number) => void {
  let gauge: Gauge | null = null;
  return (value) => {
    gauge ??= new Gauge({ name, help, registers: [register] });
    gauge.set(value);
  };
}

type Common = ReturnType<typeof commonMetrics>;

const commonMetrics = (register: Registry) => {
  const registers = [register];
  return {
    setRound: lazyGauge(register, 'millrace_round', 'Round under way.'),
    rounds: new Counter({ name: 'millrace_rounds_total', help: 'Rounds that were settled.', registers }),
    setEvalLoss: lazyGauge(
      register,
      'millrace_eval_loss',
      'Loss of the newest state on held-out text, nats per token.',
    ),
    restarts: new Counter({
      ...{ name: 'millrace_process_restarts_total', help: 'Crashes after which the process was started again.' },
      registers,
    }),
  };
};

function vitalsMetrics(register: Registry): (message: Extract<ChildMessage, { kind: 'vitals' }>) => void {
  const registers = [register];
  const setPeers = lazyGauge(register, 'millrace_peers', 'Peers that it is connected with.');
  const setMemory = lazyGauge(
    register,
    'millrace_process_resident_memory_bytes',
    'Memory of the worker or validator process.',
  );
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
    setPeers(vitals.peers);
    setMemory(vitals.residentBytes);
    count('in', vitals.blobBytesIn);
    count('out', vitals.blobBytesOut);
  };
}

function workerMetrics(register: Registry, common: Common): (message: ChildMessage) => void {
  const registers = [register];
  const setSpeed = lazyGauge(register, 'millrace_tokens_per_second', 'Speed of training.');
  const setLoss = lazyGauge(register, 'millrace_loss', 'Training loss, nats per token.');
  const bytes = new Counter({ name: 'millrace_update_bytes_total', help: 'Bytes of announced updates.', registers });
  const setScore = lazyGauge(register, 'millrace_score', 'Newest score, 0 to 100.');
  const setReputation = lazyGauge(register, 'millrace_reputation', 'Newest reputation, 0 to 100.');
  const seeRound = (round: WorkerRound): void => {
    common.rounds.inc();
    bytes.inc(round.updateBytes);
    setSpeed(round.tokensPerSecond);
    setLoss(round.loss);
    if (round.score !== null) setScore(round.score);
    if (round.reputation !== null) setReputation(round.reputation);
    if (round.evalLoss !== null) common.setEvalLoss(round.evalLoss);
  };
  return (message) => {
    if (message.kind === 'round') seeRound(message.round);
    if (message.kind !== 'progress') return;
    const { progress } = message;
    common.setRound(progress.round);
    if (progress.tokensPerSecond !== null) setSpeed(progress.tokensPerSecond);
    if (progress.loss !== null) setLoss(progress.loss);
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
    if (news.kind === 'round-opened') common.setRound(news.round);
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
    common.setEvalLoss(message.manifest.evalLoss);
  };
}
