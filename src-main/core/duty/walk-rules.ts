import { DUTY_RULES, type DutyRule } from './duty-rules.ts';
import type { BrokenRule, DutyMemory } from './duty-memory.ts';
import type { DutyReason } from './reasons.ts';
import type { RuleContext, RuleName } from './rules/rule.ts';

/** A rule that is broken and counts. */
export interface StandingRule {
  readonly rule: DutyRule;
  readonly reason: DutyReason;
  readonly untilMs: number | null;
  /** It did not count at the look before. */
  readonly isNew: boolean;
}

export interface Walk {
  /** In the order of the table. */
  readonly standing: readonly StandingRule[];
  readonly rules: DutyMemory['rules'];
  readonly blind: readonly RuleName[];
  /** What the clock alone will end, the earliest; `null`: nothing. */
  readonly ahead: { readonly rule: RuleName; readonly atMs: number } | null;
}

/** Asks every rule of the table once. */
export function walkRules(before: DutyMemory['rules'], context: Omit<RuleContext, 'before' | 'held'>): Walk {
  const standing: StandingRule[] = [];
  const rules: Partial<Record<RuleName, BrokenRule>> = {};
  const blind: RuleName[] = [];
  let ahead: Walk['ahead'] = null;
  for (const rule of DUTY_RULES) {
    const last = before[rule.name];
    const counted = last?.counts === true ? last : null;
    const finding = rule.check({ ...context, before: counted?.reason ?? null, held: counted?.held ?? [] });
    if (finding.kind === 'blind') blind.push(rule.name);
    if (finding.kind === 'clear' && finding.endsAtMs !== null && (ahead === null || finding.endsAtMs < ahead.atMs)) {
      ahead = { rule: rule.name, atMs: finding.endsAtMs };
    }
    if (finding.kind !== 'broken') continue;
    const { nowMs } = context.clock;
    // A clock that was set back counts as no time gone by.
    const sinceMs = Math.min(last?.sinceMs ?? nowMs, nowMs);
    const counts = counted !== null || nowMs - sinceMs >= rule.sustainMs;
    const { reason, untilMs, held } = finding;
    rules[rule.name] = { sinceMs, counts, reason, held };
    if (counts) standing.push({ rule, reason, untilMs, isNew: counted === null });
  }
  return { standing, rules, blind, ahead };
}
