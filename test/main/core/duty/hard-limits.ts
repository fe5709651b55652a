import type { DutySettings } from '#main/core/duty/duty-settings.ts';
import { unixMsOfWall, type LocalClock } from '#main/core/duty/local-time.ts';
import type { DutySignals } from '#main/core/duty/signals.ts';

/** Which limits that must stop it at once are broken; told another way than the rules tell it, and without their memory. */
export function brokenLimits(signals: DutySignals, settings: DutySettings, clock: LocalClock): readonly string[] {
  const found: string[] = [];
  const check = (name: string, isBroken: boolean): void => {
    if (isBroken) found.push(name);
  };
  const apps = signals.apps.kind === 'known' ? signals.apps.value : [];
  check(
    'app',
    apps.some(({ exe, shows }) => {
      if (settings.alwaysPauseFor.includes(exe)) return true;
      if (settings.neverPauseFor.includes(exe)) return false;
      if (shows === 'game') return settings.pauseForGames;
      return shows === 'fullscreen' && settings.pauseForFullscreen;
    }),
  );
  for (const { vramBytes, othersVramBytes, ownVramBytes, temperatureCelsius } of signals.gpus) {
    if (vramBytes.kind === 'known' && othersVramBytes.kind === 'known' && ownVramBytes.kind === 'known') {
      const used = othersVramBytes.value + ownVramBytes.value + settings.vramReserveBytes;
      check('vram', settings.vramReserveBytes > 0 && used > vramBytes.value);
    }
    const limit = settings.temperature;
    check(
      'temperature',
      limit !== null && temperatureCelsius.kind === 'known' && temperatureCelsius.value >= limit.pauseAtCelsius,
    );
  }
  const { snooze } = settings;
  if (snooze !== null) {
    const untilMs = snooze.kind === 'until' ? snooze.untilMs : unixMsOfWall(snooze.untilWallMs, clock);
    check('snooze', clock.nowMs < untilMs);
  }
  const { battery } = settings;
  if (battery !== null && signals.supply.kind === 'known' && signals.supply.value.kind === 'battery') {
    const { chargePercent } = signals.supply.value;
    const isLow =
      chargePercent.kind === 'unknown' || (battery.kind === 'above' && chargePercent.value < battery.chargePercent);
    check('battery', battery.kind === 'never' || isLow);
  }
  check('metered', settings.pauseOnMetered && signals.isMetered.kind === 'known' && signals.isMetered.value);
  if (settings.monthlyBytes !== null) {
    const { month } = signals;
    check('month', month.kind === 'unknown' || month.value.upBytes + month.value.downBytes >= settings.monthlyBytes);
  }
  if (signals.disk.kind === 'known') {
    check('disk', signals.disk.value.usedBytes > settings.diskQuotaBytes);
    check('disk', signals.disk.value.freeBytes < settings.diskReserveBytes);
  }
  const isLocked = signals.isLocked.kind === 'known' ? signals.isLocked.value : null;
  check('lock', settings.lock === 'only-locked' && isLocked !== true);
  check('lock', settings.lock === 'only-unlocked' && isLocked !== false);
  if (settings.idle !== null && isLocked !== true) {
    const { inputIdleMs } = signals;
    const isKnownIdle = inputIdleMs.kind === 'known' && inputIdleMs.value >= settings.idle.minutes * 60_000;
    check('idle', !isKnownIdle && !(inputIdleMs.kind === 'unknown' && settings.idle.whenUnknown === 'run'));
  }
  const wall = new Date(clock.nowMs + clock.utcOffsetMinutes * 60_000);
  const minute = wall.getUTCHours() * 60 + wall.getUTCMinutes();
  const isIn = (windows: readonly { days: readonly number[]; fromMinute: number; toMinute: number }[]): boolean =>
    windows.some(({ days, fromMinute, toMinute }) => {
      const [today, yesterday] = [days.includes(wall.getUTCDay()), days.includes((wall.getUTCDay() + 6) % 7)];
      if (fromMinute < toMinute) return today && minute >= fromMinute && minute < toMinute;
      return (today && minute >= fromMinute) || (yesterday && minute < toMinute);
    });
  check('schedule', settings.schedule !== null && !isIn(settings.schedule));
  const { tariff } = settings;
  check(
    'tariff',
    tariff !== null && isIn(tariff.windows.filter(({ pricePerKwh }) => pricePerKwh > tariff.limitPerKwh)),
  );
  return found;
}
