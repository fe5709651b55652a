import type * as v from 'valibot';
import type { dutySettingsSchema, DutySettings } from '#main/core/duty/duty-settings.ts';
import { known, UNKNOWN, type Sensed } from '#main/core/duty/sensed.ts';
import type { DutySignals } from '#main/core/duty/signals.ts';
import { snoozeFor, snoozeUntilTomorrow } from '#main/core/duty/snooze.ts';
import { randomStream } from '#protocol/random.ts';
import { clockAt, GAME, GIB, HOUR_MS, MINUTE_MS, SECOND_MS, settingsOf, withGpu } from './duty-scene.ts';

/** A machine and its owner, both moody; the same in each run. */
export function createMoods(seed: number) {
  const random = randomStream(new TextEncoder().encode(`duty ${seed}`));
  const below = (bound: number): number => random.nextBelow(bound);
  const between = (least: number, most: number): number => least + below(Math.ceil(most - least) + 1);
  const pick = <Value>(values: readonly Value[]): Value => values[below(values.length)]!;
  const sensed = <Value>(value: Value): Sensed<Value> => (below(8) === 0 ? UNKNOWN : known(value));

  const oneSignal = (signals: DutySignals): DutySignals => {
    const changes: readonly (() => DutySignals)[] = [
      () => ({ ...signals, inputIdleMs: sensed(pick([0, 30 * SECOND_MS, 6 * MINUTE_MS, HOUR_MS])) }),
      () => ({ ...signals, isLocked: sensed(below(2) === 0) }),
      () => ({
        ...signals,
        supply: sensed(
          pick([{ kind: 'mains' }, { kind: 'mains' }, { kind: 'battery', chargePercent: sensed(below(101)) }] as const),
        ),
      }),
      () => ({
        ...signals,
        apps: sensed(pick([[], [], [], [GAME], [{ ...GAME, exe: 'film' }], [{ ...GAME, shows: 'running' as const }]])),
      }),
      () => withGpu(signals, { othersLoadPercent: sensed(pick([0, 10, 25, 60])) }),
      () => withGpu(signals, { othersVramBytes: sensed(pick([1, 2, 4, 5.4, 9]) * GIB) }),
      () => withGpu(signals, { ownVramBytes: sensed(between(0, 6) * GIB) }),
      () => withGpu(signals, { temperatureCelsius: sensed(between(55, 90)) }),
      () => withGpu(signals, { watts: sensed(between(20, 400)) }),
      () => ({ ...signals, isMetered: sensed(below(4) === 0) }),
      () => ({ ...signals, disk: sensed({ freeBytes: between(0, 20) * GIB, usedBytes: between(0, 17) * GIB }) }),
      () => ({ ...signals, month: sensed({ upBytes: between(0, 3e9), downBytes: between(0, 3e9) }) }),
      () => ({ ...signals, rates: sensed({ upBytes: between(0, 2e6), downBytes: between(0, 2e6) }) }),
      () => ({
        ...signals,
        progress: sensed({ round: below(50), isTraining: below(3) > 0, roundEndsInMs: below(60_000) }),
      }),
    ];
    return pick(changes)();
  };

  const oneSetting = (settings: DutySettings, nowMs: number, utcOffsetMinutes: number): DutySettings => {
    const clock = clockAt(nowMs, utcOffsetMinutes);
    const some = <Value>(value: Value): Value | null => (below(3) === 0 ? value : null);
    const window = { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: below(1440), toMinute: below(1440) };
    const patches: readonly v.InferInput<typeof dutySettingsSchema>[] = [
      { snooze: some(pick([snoozeFor(between(1, HOUR_MS), clock), snoozeUntilTomorrow(clock)])) },
      { finishRound: below(4) === 0 },
      { idle: some({ minutes: between(1, 10), whenUnknown: pick(['pause', 'run'] as const) }) },
      { lock: some(pick(['only-locked', 'only-unlocked'] as const)) },
      { alwaysPauseFor: below(2) === 0 ? ['film'] : [], neverPauseFor: below(2) === 0 ? ['film'] : [] },
      { pauseForGames: below(3) > 0, pauseForFullscreen: below(3) > 0 },
      { othersLoadPercent: some(30), vramReserveBytes: below(3) * GIB },
      { battery: some(pick([{ kind: 'never' }, { kind: 'above', chargePercent: 50 }] as const)) },
      { temperature: some({ pauseAtCelsius: 85, resumeAtCelsius: between(60, 84) }) },
      { powerLimitWatts: some(200), workPercent: pick([100, 100, 40]) },
      { schedule: some([window]) },
      { tariff: some({ limitPerKwh: 0.3, windows: [{ ...window, pricePerKwh: pick([0.2, 0.3, 0.4]) }] }) },
      { pauseOnMetered: below(2) === 0, monthlyBytes: some(3e9) },
      { uploadBytesPerSecond: some(1_000_000), downloadBytesPerSecond: some(1_000_000) },
    ];
    return settingsOf({ ...(settings as v.InferInput<typeof dutySettingsSchema>), ...pick(patches) });
  };

  return { below, between, pick, oneSignal, oneSetting };
}
