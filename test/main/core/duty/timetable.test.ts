import { describe, expect, test } from 'vitest';
import type { LocalClock } from '#main/core/duty/local-time.ts';
import { windowsNow, type WeeklyWindow } from '#main/core/duty/weekly-windows.ts';
import { CALM, clockAt, createDuty, GAME, HOUR_MS, MINUTE_MS, settingsOf } from './duty-scene.ts';

const utc = (text: string): number => Date.parse(`${text}Z`);
const clock = (text: string, offset = 0): LocalClock => clockAt(utc(text), offset);
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const hours = (from: number, to: number, days = EVERY_DAY) => ({
  ...{ days, fromMinute: from * 60, toMinute: to * 60 },
});

// 1 November 2026 is a Sunday.
describe('windows of the week', () => {
  const night = [hours(22, 6)];
  test.each<[string, readonly WeeklyWindow[], LocalClock, boolean, string | null]>([
    ['before the night', night, clock('2026-11-02T21:59'), false, '2026-11-02T22:00'],
    ['its first minute', night, clock('2026-11-02T22:00'), true, '2026-11-03T06:00'],
    ['after midnight', night, clock('2026-11-03T00:00'), true, '2026-11-03T06:00'],
    ['its end', night, clock('2026-11-03T06:00'), false, '2026-11-03T22:00'],
    ['over the end of the week', [hours(22, 6, [6])], clock('2026-11-01T05:00'), true, '2026-11-01T06:00'],
    ['not on the evening of the next day', [hours(22, 6, [6])], clock('2026-11-01T23:00'), false, '2026-11-07T22:00'],
    ['a whole day is until the same minute', [hours(8, 8, [1])], clock('2026-11-03T07:59'), true, '2026-11-03T08:00'],
    ['to midnight', [hours(18, 24, [1])], clock('2026-11-02T23:59'), true, '2026-11-03T00:00'],
    ['windows that touch are one', [hours(8, 12), hours(12, 17)], clock('2026-11-02T09:00'), true, '2026-11-02T17:00'],
    ['that overlap too', [hours(8, 13), hours(9, 10)], clock('2026-11-02T09:30'), true, '2026-11-02T13:00'],
    ['that lie apart are not', [hours(8, 9), hours(10, 11)], clock('2026-11-02T09:30'), false, '2026-11-02T10:00'],
    ['weekdays and weekends', [hours(0, 0, [0, 6])], clock('2026-11-06T12:00'), false, '2026-11-07T00:00'],
    ['the week has no gap: never ends', [hours(0, 0)], clock('2026-11-02T12:00'), true, null],
    ['nor with pieces', [hours(0, 12), hours(12, 24)], clock('2026-11-02T13:00'), true, null],
    ['no windows: never begins', [], clock('2026-11-02T13:00'), false, null],
    ['in an eastern zone', [hours(22, 6)], clock('2026-11-02T16:30', 330), true, '2026-11-03T00:30'],
    ['in a western zone', [hours(22, 6)], clock('2026-11-02T05:59', -480), false, '2026-11-02T06:00'],
    ['before 1970', [hours(22, 6)], clock('1969-12-28T23:00'), true, '1969-12-29T06:00'],
  ])('%s', (_, windows, now, isWithin, end) => {
    expect(windowsNow(windows, now)).toEqual({ isWithin, changesAtMs: end === null ? null : utc(end) });
  });

  test('agree with a look at each minute of a week, also about when they change', () => {
    const windows = [hours(22, 6, [1, 3]), hours(5, 9, [2, 4]), hours(23, 23, [6]), hours(12, 13)];
    const plain = (now: LocalClock): boolean => {
      const date = new Date(now.nowMs);
      const [day, minute] = [date.getUTCDay(), date.getUTCHours() * 60 + date.getUTCMinutes()];
      return windows.some(({ days, fromMinute, toMinute }) =>
        fromMinute < toMinute
          ? days.includes(day) && minute >= fromMinute && minute < toMinute
          : (days.includes(day) && minute >= fromMinute) || (days.includes((day + 6) % 7) && minute < toMinute),
      );
    };
    let announced: number | null = null;
    let before: boolean | null = null;
    for (let minute = 0; minute < 7 * 24 * 60; minute += 1) {
      const now = clockAt(utc('2026-11-04T00:00') + minute * MINUTE_MS);
      const { isWithin, changesAtMs } = windowsNow(windows, now);
      expect(isWithin, new Date(now.nowMs).toISOString()).toBe(plain(now));
      if (before !== null) expect(isWithin !== before).toBe(announced === now.nowMs);
      [announced, before] = [changesAtMs, isWithin];
    }
  });
});

test('the timetable says when work begins, and at work when it ends', () => {
  const duty = createDuty(settingsOf({ schedule: [hours(22, 6)] }), utc('2026-11-02T21:00'));
  const begin = utc('2026-11-02T22:00');
  expect(duty.look(CALM).duty).toEqual({ kind: 'pause', reason: { kind: 'schedule' }, untilMs: begin });
  const working = duty.look(CALM, HOUR_MS);
  expect(working).toMatchObject({ duty: { kind: 'run' }, ahead: { rule: 'schedule', atMs: utc('2026-11-03T06:00') } });
  expect(duty.kind(CALM, 8 * HOUR_MS - 1)).toBe('run');
  expect(duty.kind(CALM, 1)).toBe('pause');
});

test('a game that ends as the timetable opens still has its rest, and the time that is said knows it', () => {
  const duty = createDuty(settingsOf({ schedule: [hours(22, 6)] }), utc('2026-11-02T21:59:50'));
  const game = { ...CALM, apps: { kind: 'known', value: [GAME] } } as const;
  expect(duty.kind(game)).toBe('yield');
  const untilMs = utc('2026-11-02T22:00:20');
  expect(duty.look(CALM, 5_000).duty).toEqual({ kind: 'pause', reason: { kind: 'schedule' }, untilMs });
  expect(duty.look(CALM, 24_999).duty).toMatchObject({ reason: { kind: 'settling' }, untilMs });
  expect(duty.kind(CALM, 1)).toBe('run');
});

test('a night in which summer time ends or begins is still from ten to six on the wall', () => {
  const night = settingsOf({ schedule: [hours(22, 6)] });
  const at = (text: string, offset: number) => {
    const duty = createDuty(night, utc(text));
    duty.utcOffsetMinutes = offset;
    return duty.kind(CALM);
  };
  // Berlin, 25 October 2026: six is 05:00 UTC instead of 04:00.
  expect([at('2026-10-24T20:00', 120), at('2026-10-25T04:59', 60), at('2026-10-25T05:00', 60)]).toEqual([
    ...['run', 'run', 'pause'],
  ]);
  // 28 March 2027: 04:00 UTC instead of 05:00.
  expect([at('2027-03-27T21:00', 60), at('2027-03-28T03:59', 120), at('2027-03-28T04:00', 120)]).toEqual([
    ...['run', 'run', 'pause'],
  ]);
});

test('electricity above the limit stops it, at the limit it does not, and the dearest of overlapping prices counts', () => {
  const priced = (window: ReturnType<typeof hours>, pricePerKwh: number) => ({ ...window, pricePerKwh });
  const windows = [priced(hours(6, 22), 0.3), priced(hours(17, 20), 0.45), priced(hours(18, 19), 0.6)];
  const tariff = settingsOf({ tariff: { limitPerKwh: 0.3, windows } });
  const at = (text: string) => createDuty(tariff, utc(text)).look(CALM);
  expect(at('2026-11-02T10:00')).toMatchObject({ duty: { kind: 'run' }, ahead: { atMs: utc('2026-11-02T17:00') } });
  expect(at('2026-11-02T18:30').duty).toEqual({
    kind: 'pause',
    reason: { kind: 'tariff', pricePerKwh: 0.6, limitPerKwh: 0.3 },
    untilMs: utc('2026-11-02T20:00'),
  });
  expect(at('2026-11-02T20:00').duty.kind).toBe('run');
});

test('of several ends to come the first is named', () => {
  const evening = { days: EVERY_DAY, fromMinute: 17 * 60, toMinute: 20 * 60, pricePerKwh: 1 };
  const both = settingsOf({ schedule: [hours(8, 22)], tariff: { limitPerKwh: 0, windows: [evening] } });
  expect(createDuty(both, utc('2026-11-02T10:00')).look(CALM).ahead).toEqual({
    ...{ rule: 'tariff', atMs: utc('2026-11-02T17:00') },
  });
});

test('a used-up quota lasts until the month ends on the wall', () => {
  const used = { ...CALM, month: { kind: 'known', value: { upBytes: 2e9, downBytes: 1e9 } } } as const;
  const untilMs = (text: string, offset: number): number | null => {
    const duty = createDuty(settingsOf({ monthlyBytes: 3e9 }), utc(text));
    duty.utcOffsetMinutes = offset;
    const decision = duty.look(used).duty;
    return decision.kind === 'pause' ? decision.untilMs : null;
  };
  expect(untilMs('2026-11-15T12:00', 0)).toBe(utc('2026-12-01T00:00'));
  expect(untilMs('2026-12-31T23:30', 60)).toBe(utc('2027-01-31T23:00'));
  expect(untilMs('2026-12-01T01:00', -120)).toBe(utc('2026-12-01T02:00'));
});
