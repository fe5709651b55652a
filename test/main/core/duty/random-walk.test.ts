import { describe, expect, test } from 'vitest';
import { decideDuty, type Duty } from '#main/core/duty/decide-duty.ts';
import { NO_MEMORY, type DutyMemory } from '#main/core/duty/duty-memory.ts';
import { MIN_REST_MS } from '#main/core/duty/duty-rules.ts';
import type { DutyReason } from '#main/core/duty/reasons.ts';
import { CALM, clockAt, HOUR_MS, MINUTE_MS, MONDAY_MS, SECOND_MS, settingsOf } from './duty-scene.ts';
import { brokenLimits } from './hard-limits.ts';
import { createMoods } from './random-duty.ts';

const EVENTS = 10_000;
const works = ({ kind }: Duty): boolean => kind === 'run' || kind === 'throttle';
const reasonKind = (duty: Duty): DutyReason['kind'] | null => (duty.kind === 'run' ? null : duty.reason.kind);
const OWNERS_WORD: ReadonlySet<DutyReason['kind'] | null> = new Set(['snooze', 'after-round'] as const);

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

describe.each([1, 2, 3])('a walk of ten thousand events, seed %i', (seed) => {
  const walk = () => {
    const moods = createMoods(seed);
    let [memory, signals, settings, nowMs, offset]: [
      DutyMemory,
      typeof CALM,
      ReturnType<typeof settingsOf>,
      number,
      number,
    ] = [NO_MEMORY, CALM, settingsOf(), MONDAY_MS, 0];
    const seen = new Map<string, number>();
    const count = (name: string): void => void seen.set(name, (seen.get(name) ?? 0) + 1);
    let stop: { readonly sinceMs: number; isOwners: boolean } | null = null;
    let lastAppMs = -Infinity;
    for (let event = 0; event < EVENTS; event += 1) {
      nowMs += moods.pick([0, 1, SECOND_MS, SECOND_MS, 5 * SECOND_MS, 40 * SECOND_MS, 3 * MINUTE_MS]);
      if (moods.below(500) === 0) offset = moods.pick([0, 60, 120, -300, 345]);
      const what = moods.below(9);
      if (what < 6) signals = frozen(moods.oneSignal(signals));
      else if (what < 8) settings = frozen(moods.oneSetting(settings, nowMs, offset));
      else [signals, settings] = [CALM, settingsOf()];
      const clock = clockAt(nowMs, offset);
      const decision = decideDuty(frozen(memory), signals, settings, clock);
      const where = `event ${event}: ${JSON.stringify(decision.duty)}`;

      expect(decideDuty(memory, signals, settings, clock), where).toEqual(decision);
      const limits = brokenLimits(signals, settings, clock);
      if (works(decision.duty)) expect(limits, where).toEqual([]);
      if (limits.includes('app') || limits.includes('vram')) expect(decision.duty.kind, where).toBe('yield');
      if (limits.includes('app')) lastAppMs = nowMs;
      else if (works(decision.duty)) expect(nowMs - lastAppMs, where).toBeGreaterThanOrEqual(30_000);

      const isOwners =
        OWNERS_WORD.has(reasonKind(decision.duty)) && decision.also.every(({ kind }) => OWNERS_WORD.has(kind));
      if (!works(decision.duty)) {
        stop ??= { sinceMs: nowMs, isOwners: true };
        stop.isOwners &&= isOwners;
      } else if (stop !== null) {
        count('went on');
        if (!stop.isOwners) expect(nowMs - stop.sinceMs, where).toBeGreaterThanOrEqual(MIN_REST_MS);
        stop = null;
      }
      if ('untilMs' in decision.duty && decision.duty.untilMs !== null) {
        expect(decision.duty.untilMs, where).toBeGreaterThan(nowMs);
      }
      if (decision.ahead !== null) expect(decision.ahead.atMs, where).toBeGreaterThanOrEqual(nowMs);
      expect(JSON.stringify(decision.memory).length).toBeLessThan(4_000);
      for (const kind of [reasonKind(decision.duty) ?? 'run', ...decision.also.map((reason) => reason.kind)])
        count(kind);
      for (const limit of limits) count(`limit ${limit}`);
      memory = decision.memory;
    }
    return { memory, nowMs, seen };
  };

  test('never works beyond a hard limit, never flaps, frees the card at once, and comes back', () => {
    const { memory, nowMs, seen } = walk();
    // Nothing of this would be worth much if the walk had not been everywhere.
    const kinds = ['run', 'settling', 'app', 'vram-needed', 'snooze', 'after-round', 'hot', 'battery', 'metered'];
    kinds.push('monthly-bytes', 'monthly-bytes-unknown', 'rate', 'disk-quota', 'disk-full', 'lock', 'lock-unknown');
    kinds.push('in-use', 'idle-unknown', 'others-load', 'schedule', 'tariff', 'work-percent', 'power-limit');
    expect(kinds.filter((kind) => !seen.has(kind))).toEqual([]);
    expect(seen.get('went on')).toBeGreaterThan(100);
    const hard = ['app', 'vram', 'temperature', 'snooze', 'battery', 'metered', 'month', 'disk', 'lock', 'idle'];
    expect([...hard, 'schedule', 'tariff'].filter((limit) => !seen.has(`limit ${limit}`))).toEqual([]);

    const calm = (last: DutyMemory, atMs: number) => decideDuty(last, CALM, settingsOf(), clockAt(atMs));
    expect(calm(calm(memory, nowMs).memory, nowMs + 31 * SECOND_MS).duty).toEqual({ kind: 'run' });
  });
});

test('a whole day of a calm machine is one stretch of work', () => {
  let memory = NO_MEMORY;
  for (let second = 0; second < 24 * 3_600; second += 1) {
    const decision = decideDuty(memory, CALM, settingsOf(), clockAt(MONDAY_MS + second * SECOND_MS));
    if (decision.duty.kind !== 'run') throw new Error(`After ${second} s: ${JSON.stringify(decision.duty)}`);
    memory = decision.memory;
  }
  expect(memory).toEqual({ ...NO_MEMORY, isWorking: true });
});

test('signals that come and go let it work at most once in each rest, and not at all when they never settle', () => {
  const settings = settingsOf({ idle: { minutes: 5 } });
  const startsWith = (periodSeconds: number): number => {
    let [memory, starts, wasWorking] = [NO_MEMORY, 0, true];
    for (let second = 0; second < 3_600; second += 1) {
      const inputIdleMs = { kind: 'known', value: second % periodSeconds === 0 ? 0 : HOUR_MS } as const;
      const decision = decideDuty(memory, { ...CALM, inputIdleMs }, settings, clockAt(MONDAY_MS + second * SECOND_MS));
      if (works(decision.duty) && !wasWorking) starts += 1;
      [memory, wasWorking] = [decision.memory, works(decision.duty)];
    }
    return starts;
  };
  expect(startsWith(2)).toBe(0);
  expect(startsWith(15)).toBe(0);
  expect(startsWith(20)).toBe(180);
  expect(startsWith(60)).toBe(60);
});
