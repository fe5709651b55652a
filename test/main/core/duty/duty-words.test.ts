import { expect, test } from 'vitest';
import { whenInWords } from '#main/core/duty/clock-words.ts';
import { dutyInWords, reasonInWords } from '#main/core/duty/duty-words.ts';
import type { DutyReason } from '#main/core/duty/reasons.ts';
import { known } from '#main/core/duty/sensed.ts';
import { BREAKS, CALM, clockAt, createDuty, GAME, HOUR_MS, MONDAY_MS, SECOND_MS, settingsOf } from './duty-scene.ts';

const clock = clockAt(MONDAY_MS, 60);

const table: readonly (readonly [DutyReason, number | null, string])[] = [
  [{ kind: 'snooze' }, MONDAY_MS + HOUR_MS, 'you asked for a rest. Starts again at 12:00, or when you press Start.'],
  [{ kind: 'after-round' }, null, 'the round is finished, as you asked. Goes on when you press Start.'],
  [
    { kind: 'app', app: 'Cyberpunk', shows: 'fullscreen' },
    null,
    'Cyberpunk is in fullscreen. Goes on when it ends, or allow it in Settings.',
  ],
  [
    { kind: 'app', app: 'Blender', shows: 'listed' },
    null,
    'Blender is running. Goes on when it ends, or take it off your list in Settings.',
  ],
  [
    { kind: 'vram-needed', gpu: 'RTX 4070', missingBytes: 1.25e9 },
    null,
    'other programs need the memory of RTX 4070. Goes on when 1.3 GB more is free, or keep less of it free in Settings.',
  ],
  [
    { kind: 'hot', gpu: 'RTX 4070', celsius: 86.4, resumeAtCelsius: 75 },
    null,
    'RTX 4070 is hot (86 °C). Goes on when it has cooled down to 75 °C, or allow more in Settings.',
  ],
  [
    { kind: 'hot', gpu: 'RTX 4070', celsius: null, resumeAtCelsius: 75 },
    null,
    'RTX 4070 was hot and does not tell its temperature any more. Goes on when it has cooled down to 75 °C, or allow more in Settings.',
  ],
  [
    { kind: 'battery', chargePercent: null, resumeAtPercent: null },
    null,
    'the computer runs on its battery. Goes on when it is plugged in, or allow the battery in Settings.',
  ],
  [
    { kind: 'battery', chargePercent: 33, resumeAtPercent: 45 },
    null,
    'the computer runs on its battery (33 %). Goes on when it is plugged in or charged to 45 %, or allow less in Settings.',
  ],
  [
    { kind: 'monthly-bytes', usedBytes: 60e9, quotaBytes: 50e9 },
    Date.UTC(2026, 10, 30, 23),
    'this month’s 50.0 GB of traffic are used up. Starts again on 1 December, or allow more in Settings.',
  ],
  [
    { kind: 'in-use', idleMinutes: 5 },
    MONDAY_MS + 5 * 60_000,
    'you are using the computer. Goes on after 5 minutes without you, or when you lock it.',
  ],
  [
    { kind: 'schedule' },
    MONDAY_MS + 20 * HOUR_MS,
    'your timetable has no work now. Starts again tomorrow at 07:00, or change the timetable in Settings.',
  ],
  [
    { kind: 'settling', after: { kind: 'app', app: 'Cyberpunk', shows: 'fullscreen' } },
    MONDAY_MS + 30_000,
    'Cyberpunk is in fullscreen, or a moment ago it was so. Starts again at 11:01 if that stays over.',
  ],
];
test.each(table)('$kind', (reason, untilMs, expected) => {
  const { why, change } = reasonInWords(reason, untilMs, clock);
  expect(`${why}. ${change}`).toBe(expected);
});

test('every rule has its words, with what would change it', () => {
  const texts = BREAKS.map(({ settings, breaks }) => {
    const duty = createDuty(settingsOf(settings));
    duty.look(breaks(CALM));
    return dutyInWords(duty.lookFor(breaks(CALM), 20 * SECOND_MS).duty, clock);
  });
  expect(new Set(texts).size).toBe(BREAKS.length);
  for (const text of texts) {
    expect(text).toMatch(/^(Paused|Working less): \S.*[^.]\. [A-Z].*\.$/);
    expect(text, text).toMatch(/Settings|Goes on|Starts again/);
    expect(text).not.toMatch(/undefined|null|NaN|Infinity|\.\./);
  }
});

test('a game in fullscreen, as the owner reads it', () => {
  const { duty } = createDuty().look({ ...CALM, apps: known([GAME]) });
  expect(dutyInWords(duty, clock)).toBe(
    'Paused: Cyberpunk is in fullscreen. Goes on when it ends, or allow it in Settings.',
  );
});

test.each([
  ['today', MONDAY_MS + HOUR_MS, 'at 12:00'],
  ['never earlier than it is', MONDAY_MS + 1, 'at 11:01'],
  ['over midnight', MONDAY_MS + 13 * HOUR_MS, 'tomorrow at 00:00'],
  ['in this week', MONDAY_MS + 6 * 24 * HOUR_MS, 'on Sunday at 11:00'],
  ['later', MONDAY_MS + 7 * 24 * HOUR_MS, 'on 9 November'],
])('a time to come: %s', (_, atMs, expected) => {
  expect(whenInWords(atMs, clock)).toBe(expected);
});
