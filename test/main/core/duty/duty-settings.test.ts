import { describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { dutySettingsSchema } from '#main/core/duty/duty-settings.ts';
import { settingsOf } from './duty-scene.ts';

test('the defaults leave the owner alone: games, others’ load and memory, battery, heat, metered networks', () => {
  expect(settingsOf()).toEqual({
    ...{ snooze: null, finishRound: false, idle: null, lock: null, schedule: null, tariff: null },
    ...{ pauseForGames: true, pauseForFullscreen: true, alwaysPauseFor: [], neverPauseFor: [] },
    ...{ othersLoadPercent: 30, vramReserveBytes: 512 * 2 ** 20, battery: { kind: 'never' } },
    ...{ temperature: { pauseAtCelsius: 85, resumeAtCelsius: 75 }, powerLimitWatts: null },
    ...{ pauseOnMetered: true, monthlyBytes: null, uploadBytesPerSecond: null, downloadBytesPerSecond: null },
    ...{ diskQuotaBytes: 16 * 2 ** 30, diskReserveBytes: 2 * 2 ** 30 },
    ...{ cpuPercent: 50, vramCapBytes: null, workPercent: 100, keepAwake: false },
  });
  expect(settingsOf({ idle: { minutes: 5 } }).idle).toEqual({ minutes: 5, whenUnknown: 'pause' });
});

test('what was saved is read as it was', () => {
  const settings = settingsOf({ battery: { kind: 'above', chargePercent: 30 }, schedule: [window()] });
  expect(settingsOf(JSON.parse(JSON.stringify(settings)) as Parameters<typeof settingsOf>[0])).toEqual(settings);
});

function window(patch: object = {}) {
  return { days: [1], fromMinute: 0, toMinute: 1440, ...patch };
}

describe('is refused', () => {
  const tooMany = Array.from({ length: 51 }, () => window());
  test.each<[string, unknown]>([
    ['an unknown key', { turbo: true }],
    ['no object', 'run'],
    ['an idle time of nothing', { idle: { minutes: 0 } }],
    ['an idle time in parts of a minute', { idle: { minutes: 1.5 } }],
    ['a number that is none', { powerLimitWatts: NaN }],
    ['an endless price', { tariff: { limitPerKwh: Infinity, windows: [window({ pricePerKwh: 1 })] } }],
    [
      'a temperature to go on at that is the one to stop at',
      { temperature: { pauseAtCelsius: 80, resumeAtCelsius: 80 } },
    ],
    ['a battery limit that is never reached again', { battery: { kind: 'above', chargePercent: 96 } }],
    ['an eighth day', { schedule: [window({ days: [7] })] }],
    ['a window on no day', { schedule: [window({ days: [] })] }],
    ['a timetable without a window: switch it off instead', { schedule: [] }],
    ['more windows than anybody needs', { schedule: tooMany }],
    ['a minute after the day', { schedule: [window({ fromMinute: 1440 })] }],
    ['a price window without a price', { tariff: { limitPerKwh: 1, windows: [window()] } }],
    ['a program without a name', { alwaysPauseFor: ['  '] }],
    ['a name without end', { neverPauseFor: ['x'.repeat(101)] }],
    ['more names than anybody has games', { neverPauseFor: Array.from({ length: 201 }, (_, n) => `game-${n}`) }],
    ['a snooze of another kind', { snooze: { kind: 'forever' } }],
    ['negative memory', { vramReserveBytes: -1 }],
    ['a share of no time', { workPercent: 9 }],
  ])('%s', (_, given) => {
    expect(v.safeParse(dutySettingsSchema, given).success).toBe(false);
  });
});
