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

const manifest = v.object({ round: count, stateRoot: hex, evalLoss: real, announced: count, selected: count });

const childMessage = v.variant('kind', [
  v.object({ kind: v.literal('ready'), url: v.nullable(v.pipe(v.string(), v.maxLength(500))) }),
  v.object({ kind: v.literal('failed'), code: v.pipe(v.string(), v.maxLength(100)), message: words }),
  v.object({ kind: v.literal('log'), level: v.picklist(['info', 'warning', 'error']), message: words }),
  v.object({ kind: v.literal('worker-state'), state: activity }),
  v.object({ kind: v.literal('progress'), progress }),
  v.object({ kind: v.literal('round'), round }),
  v.object({ kind: v.literal('manifest'), manifest }),
]);

export type ParsedChildMessage =
  { readonly kind: 'message'; readonly message: ChildMessage } | { readonly kind: 'invalid'; readonly reason: string };

export function parseChildMessage(value: unknown): ParsedChildMessage {
  const parsed = v.safeParse(childMessage, value);
  if (parsed.success) return { kind: 'message', message: parsed.output };
  const [issue] = parsed.issues;
  return { kind: 'invalid', reason: `${v.getDotPath(issue) ?? 'message'}: ${issue.message}`.slice(0, 300) };
}
