import { describe, expect, test } from 'vitest';
import { known, UNKNOWN } from '#main/core/duty/sensed.ts';
import type { DutySignals } from '#main/core/duty/signals.ts';
import { MAX_SNOOZE_MS, snoozeEndMs, snoozeFor, snoozeUntilTomorrow } from '#main/core/duty/snooze.ts';
import { CALM, clockAt, createDuty, GAME, HOUR_MS, MINUTE_MS, reasonOf, SECOND_MS, settingsOf } from './duty-scene.ts';

const utc = (text: string): number => Date.parse(`${text}Z`);

describe('a snooze', () => {
  test('for an hour ends after an hour, to the millisecond, and nothing settles after it', () => {
    const duty = createDuty();
    const untilMs = duty.nowMs + HOUR_MS;
    duty.settings = settingsOf({ snooze: snoozeFor(HOUR_MS, clockAt(duty.nowMs)) });
    expect(duty.look(CALM).duty).toEqual({ kind: 'pause', reason: { kind: 'snooze' }, untilMs });
    expect(duty.kind(CALM, HOUR_MS - 1)).toBe('pause');
    expect(duty.kind(CALM, 1)).toBe('run');
  });

  test('that is taken back ends at once', () => {
    const duty = createDuty(settingsOf({ snooze: snoozeFor(HOUR_MS, clockAt(utc('2026-11-02T10:00'))) }));
    expect(duty.kind(CALM)).toBe('pause');
    duty.settings = settingsOf();
    expect(duty.kind(CALM, 1)).toBe('run');
  });

  test('over midnight stays what it is', () => {
    const from = utc('2026-11-02T23:30');
    expect(snoozeFor(HOUR_MS, clockAt(from))).toEqual({ kind: 'until', untilMs: utc('2026-11-03T00:30') });
  });

  test.each([
    ['in the evening', '2026-11-02T22:00', 0, '2026-11-03T06:00'],
    ['in the small hours it is the coming morning', '2026-11-03T02:00', 0, '2026-11-03T06:00'],
    ['at six it is the next day', '2026-11-03T06:00', 0, '2026-11-04T06:00'],
    ['a moment before six it is now', '2026-11-03T05:59:59', 0, '2026-11-03T06:00'],
    ['far in the east', '2026-11-02T22:00', 13 * 60, '2026-11-03T17:00'],
    ['far in the west', '2026-11-02T22:00', -10 * 60, '2026-11-03T16:00'],
    ['in an odd zone at the end of a year', '2026-12-31T20:00', 345, '2027-01-01T00:15'],
  ])('until tomorrow: %s', (_, now, offset, end) => {
    const clock = clockAt(utc(now), offset);
    expect(snoozeEndMs(snoozeUntilTomorrow(clock), clock)).toBe(utc(end));
  });

  test('until tomorrow ends at six on the wall, whichever way summer time changes in the night', () => {
    // Berlin: +2 h becomes +1 h on 25 October 2026, and +1 h becomes +2 h on 28 March 2027, both at 01:00 UTC.
    for (const [evening, before, after, six] of [
      ['2026-10-24T20:00', 120, 60, '2026-10-25T05:00'],
      ['2027-03-27T21:00', 60, 120, '2027-03-28T04:00'],
    ] as const) {
      const duty = createDuty(settingsOf({ snooze: snoozeUntilTomorrow(clockAt(utc(evening), before)) }), utc(evening));
      duty.utcOffsetMinutes = before;
      expect(duty.kind(CALM)).toBe('pause');
      duty.utcOffsetMinutes = after;
      const left = utc(six) - duty.nowMs;
      expect(duty.look(CALM, left - 1).duty).toMatchObject({ kind: 'pause', untilMs: utc(six) });
      expect(duty.kind(CALM, 1)).toBe('run');
    }
  });

  test('of weeks is a damaged file or a clock that was set back, and holds nothing', () => {
    const clock = clockAt(utc('2026-11-02T10:00'));
    expect(snoozeFor(Infinity, clock)).toEqual({ kind: 'until', untilMs: clock.nowMs + MAX_SNOOZE_MS });
    const set = snoozeFor(HOUR_MS, clock);
    expect(snoozeEndMs(set, clockAt(clock.nowMs - 30 * 24 * HOUR_MS))).toBeNull();
    expect(snoozeEndMs(set, clockAt(clock.nowMs - MINUTE_MS))).not.toBeNull();
  });

  test('does not keep a game from the card’s memory, and still holds after it', () => {
    const duty = createDuty(settingsOf({ snooze: snoozeFor(HOUR_MS, clockAt(utc('2026-11-02T10:00'))) }));
    const game = duty.look({ ...CALM, apps: known([GAME]) });
    expect(game).toMatchObject({ duty: { kind: 'yield' }, also: [{ kind: 'snooze' }] });
    expect(duty.look(CALM, SECOND_MS).duty).toMatchObject({ kind: 'pause', reason: { kind: 'snooze' } });
  });

  test('that is taken back does not shorten the rest after a game', () => {
    const duty = createDuty(settingsOf({ snooze: snoozeFor(HOUR_MS, clockAt(utc('2026-11-02T10:00'))) }));
    duty.look({ ...CALM, apps: known([GAME]) });
    duty.settings = settingsOf();
    expect(reasonOf(duty.look(CALM, 29_999))?.kind).toBe('settling');
    expect(duty.kind(CALM, 1)).toBe('run');
  });
});

describe('finish this round, then pause', () => {
  const progress = (round: number, isTraining: boolean, roundEndsInMs: number): DutySignals => ({
    ...CALM,
    progress: known({ round, isTraining, roundEndsInMs }),
  });
  const asked = () => createDuty(settingsOf({ finishRound: true }));

  test('works on until the round is delivered, says when that is, and begins no other', () => {
    const duty = asked();
    expect(duty.look(progress(7, true, 40_000))).toMatchObject({
      ...{ duty: { kind: 'run' }, ahead: { rule: 'after-round', atMs: duty.nowMs + 40_000 } },
    });
    // Blocks are late.
    expect(duty.kind(progress(7, true, 5_000), 50_000)).toBe('run');
    const done = duty.look(progress(7, false, 0), 5_000);
    expect(done.duty).toEqual({ kind: 'pause', reason: { kind: 'after-round' }, untilMs: null });
    expect(duty.kind(progress(8, true, 40_000), 1_000)).toBe('pause');
    expect(duty.kind(progress(8, true, 40_000), 100 * HOUR_MS)).toBe('pause');
    duty.settings = settingsOf();
    expect(duty.kind(CALM, 1)).toBe('run');
  });

  test('ends when the next round has begun between two looks', () => {
    const duty = asked();
    duty.look(progress(7, true, 1_000));
    expect(duty.kind(progress(8, true, 40_000), 1_000)).toBe('pause');
  });

  test('is over at once when no round is under way, or nobody knows of one', () => {
    expect(asked().kind(progress(7, false, 0))).toBe('pause');
    expect(asked().kind({ ...CALM, progress: UNKNOWN })).toBe('pause');
  });

  test('waits no longer than was said when the worker falls silent', () => {
    const duty = asked();
    duty.look(progress(7, true, 40_000));
    expect(duty.kind({ ...CALM, progress: UNKNOWN }, 39_999)).toBe('run');
    expect(duty.kind({ ...CALM, progress: UNKNOWN }, 1)).toBe('pause');
  });

  test('a game comes first even then', () => {
    const duty = asked();
    duty.look(progress(7, true, 40_000));
    expect(duty.kind({ ...progress(7, true, 39_000), apps: known([GAME]) }, 1_000)).toBe('yield');
  });
});

describe('lists of programs', () => {
  const seen = (exe: string, shows: 'fullscreen' | 'game' | 'running'): DutySignals => ({
    ...CALM,
    apps: known([
      { exe: 'shell', name: 'Shell', shows: 'running' },
      { exe, name: 'It', shows },
    ]),
  });
  test.each([
    ['a game stops it', {}, 'game', 'yield'],
    ['not when games may run', { pauseForGames: false }, 'game', 'run'],
    ['a full screen stops it', {}, 'fullscreen', 'yield'],
    ['not when full screens may be', { pauseForFullscreen: false }, 'fullscreen', 'run'],
    ['a program that only runs does not', {}, 'running', 'run'],
    ['but does when it is listed', { alwaysPauseFor: ['GAME'] }, 'running', 'yield'],
    ['also with its ending', { alwaysPauseFor: ['game.EXE'] }, 'running', 'yield'],
    ['a listed film player may fill the screen', { neverPauseFor: [' Game '] }, 'fullscreen', 'run'],
    ['a name that only begins so is another', { neverPauseFor: ['gam', 'game2'] }, 'game', 'yield'],
    ['on both lists, always wins', { neverPauseFor: ['game'], alwaysPauseFor: ['game'] }, 'running', 'yield'],
    [
      'the list holds when nothing else does',
      { pauseForGames: false, pauseForFullscreen: false, alwaysPauseFor: ['game'] },
      'game',
      'yield',
    ],
  ] as const)('%s', (_, settings, shows, kind) => {
    const lists = { ...settings } as Parameters<typeof settingsOf>[0];
    expect(createDuty(settingsOf(lists)).kind(seen('Game.exe', shows))).toBe(kind);
  });
});

test('a locked screen counts as nobody there, and the opposite rule can be chosen', () => {
  const locked = { ...CALM, isLocked: known(true), inputIdleMs: known(0) };
  expect(createDuty(settingsOf({ idle: { minutes: 30 } })).kind(locked)).toBe('run');
  expect(createDuty(settingsOf({ lock: 'only-unlocked' })).kind(locked)).toBe('pause');
  expect(createDuty(settingsOf({ lock: 'only-locked' })).kind(locked)).toBe('run');
});

test('the machine is kept awake while it works, and only then', () => {
  const awake = (on: boolean, signals = CALM) => createDuty(settingsOf({ keepAwake: on })).look(signals).keepsAwake;
  expect([awake(true), awake(false)]).toEqual([true, false]);
  expect(awake(true, { ...CALM, isMetered: known(true) })).toBe(false);
});
