import * as v from 'valibot';
import type { ChildMessage } from '#protocol/worker-messages.ts';

/** A child reads data from strangers, so main trusts it no more than a peer: shapes, ranges and lengths are checked. */
const words = v.pipe(v.string(), v.maxLength(4000));
const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const real = v.pipe(v.number(), v.finite());
const rate = v.pipe(v.number(), v.finite(), v.minValue(0));

const activity = v.variant('kind', [
  v.object({ kind: v.literal('connecting') }),
  v.object({ kind: v.literal('awaiting-run') }),
  v.object({ kind: v.literal('catching-up'), detail: words }),
  v.object({ kind: v.literal('training') }),
  v.object({ kind: v.literal('waiting'), detail: words }),
  v.object({ kind: v.literal('diverged'), round: count, expectedRoot: hex, actualRoot: hex }),
]);

const progress = v.object({
  round: count,
  phase: v.picklist(['training', 'compressing', 'announcing', 'awaiting-manifest', 'applying']),
  step: count,
  steps: count,
  loss: v.nullable(real),
  tokensPerSecond: v.nullable(rate),
  gradientNorm: v.nullable(rate),
  peers: count,
});

const round = v.object({
  round: count,
  loss: real,
  tokensPerSecond: rate,
  innerSteps: count,
  updateBytes: count,
  score: v.nullable(real),
  reputation: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
  scoreReason: v.nullable(words),
  stateRoot: v.nullable(hex),
  evalLoss: v.nullable(real),
  roundBlocks: v.optional(v.pipe(count, v.minValue(1), v.maxValue(1_000_000))),
});

const missed = v.object({ round: count, roundMs: rate, trainMs: rate, stepMs: rate });

const manifest = v.object({
  ...{ round: count, hash: hex, stateRoot: hex, evalLoss: real, announced: count, selected: count },
  judgeSeconds: v.nullable(rate),
});

const hotkey = v.pipe(v.string(), v.maxLength(64));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(100));

/** As many as a manifest may have results. */
const MAX_RATINGS = 4096;
const rating = v.object({
  ...{ hotkey, score: share, reputation: v.nullable(share), reason: words, merged: v.boolean() },
});

const news = v.variant('kind', [
  v.object({
    kind: v.literal('round-opened'),
    ...{ round: count, step: count, rank: v.nullable(count), validators: count },
  }),
  v.object({
    kind: v.literal('announcement'),
    ...{ round: v.nullable(count), hotkey: v.nullable(hotkey), reason: v.nullable(words) },
    result: v.pipe(v.string(), v.regex(/^[a-z-]{1,40}$/)),
  }),
  v.object({
    kind: v.literal('judged'),
    ...{ round: count, announced: count, seconds: rate, ratings: v.pipe(v.array(rating), v.maxLength(MAX_RATINGS)) },
  }),
  v.object({ kind: v.literal('manifest-made'), round: count, hash: hex }),
  v.object({
    kind: v.literal('manifest-checked'),
    ...{ round: count, hash: hex, signer: v.nullable(hotkey), reason: v.nullable(words) },
    verdict: v.picklist(['fair', 'false', 'unfair', 'unavailable']),
  }),
  v.object({ kind: v.literal('vote'), round: count, hash: hex }),
  v.object({ kind: v.literal('round-dropped'), round: count }),
]);

const vitals = v.object({ peers: count, blobBytesIn: count, blobBytesOut: count, residentBytes: count });

const childMessage = v.variant('kind', [
  v.object({ kind: v.literal('ready'), url: v.nullable(v.pipe(v.string(), v.maxLength(500))) }),
  v.object({ kind: v.literal('failed'), code: v.pipe(v.string(), v.maxLength(100)), message: words }),
  v.object({ kind: v.literal('log'), level: v.picklist(['info', 'warning', 'error']), message: words }),
  v.object({ kind: v.literal('worker-state'), state: activity }),
  v.object({ kind: v.literal('progress'), progress }),
  v.object({ kind: v.literal('round'), round }),
  v.object({ kind: v.literal('missed'), missed }),
  v.object({ kind: v.literal('manifest'), manifest }),
  v.object({ kind: v.literal('validator'), news }),
  v.object({ kind: v.literal('vitals'), vitals }),
]);

export type ParsedChildMessage =
  { readonly kind: 'message'; readonly message: ChildMessage } | { readonly kind: 'invalid'; readonly reason: string };

export function parseChildMessage(value: unknown): ParsedChildMessage {
  const parsed = v.safeParse(childMessage, value);
  if (parsed.success) return { kind: 'message', message: parsed.output };
  const [issue] = parsed.issues;
  return { kind: 'invalid', reason: `${v.getDotPath(issue) ?? 'message'}: ${issue.message}`.slice(0, 300) };
}
