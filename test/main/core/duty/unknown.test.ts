import { expect, test } from 'vitest';
import { known, UNKNOWN } from '#main/core/duty/sensed.ts';
import { NOTHING_KNOWN } from '#main/core/duty/signals.ts';
import {
  BREAKS,
  CALM,
  CALM_GPU,
  createDuty,
  GAME,
  HOUR_MS,
  reasonOf,
  SECOND_MS,
  settingsOf,
  withGpu,
} from './duty-scene.ts';

test('when nothing is known it works by the defaults, and names every rule that cannot see', () => {
  const gpu = { ...CALM_GPU, othersLoadPercent: UNKNOWN, vramBytes: UNKNOWN, temperatureCelsius: UNKNOWN };
  const decision = createDuty().look({ ...NOTHING_KNOWN, gpus: [gpu] });
  expect(decision.duty).toEqual({ kind: 'run' });
  expect(decision.blind).toEqual(['app', 'vram', 'temperature', 'battery', 'metered', 'disk', 'others-load']);
});

test('"only when I am away" rests where nobody can tell, and says that it is unknown', () => {
  const duty = createDuty(settingsOf({ idle: { minutes: 5 } }));
  const wayland = { ...CALM, inputIdleMs: UNKNOWN };
  expect(duty.look(wayland).duty).toEqual({ kind: 'pause', reason: { kind: 'idle-unknown' }, untilMs: null });
  // Even so a locked screen is known.
  expect(duty.kind({ ...wayland, isLocked: known(true) }, 20 * SECOND_MS)).toBe('run');
});

test('an owner may let it work where nobody can tell; then the rule is named as blind', () => {
  const duty = createDuty(settingsOf({ idle: { minutes: 5, whenUnknown: 'run' } }));
  const wayland = { ...CALM, inputIdleMs: UNKNOWN, isLocked: UNKNOWN };
  expect(duty.look(wayland)).toMatchObject({ duty: { kind: 'run' }, blind: ['idle'] });
});

test.each(['only-locked', 'only-unlocked'] as const)('the lock rule %s holds where locking cannot be seen', (lock) => {
  const decision = createDuty(settingsOf({ lock })).look({ ...CALM, isLocked: UNKNOWN });
  expect(decision.duty).toMatchObject({ kind: 'pause', reason: { kind: 'lock-unknown', wants: lock.slice(5) } });
});

test('traffic that nobody has counted is not below a quota', () => {
  const duty = createDuty(settingsOf({ monthlyBytes: 1e9 }));
  expect(reasonOf(duty.look({ ...CALM, month: UNKNOWN }))).toEqual({ kind: 'monthly-bytes-unknown' });
});

test('a battery of unknown charge is not above any limit', () => {
  const duty = createDuty(settingsOf({ battery: { kind: 'above', chargePercent: 30 } }));
  const supply = known({ kind: 'battery' as const, chargePercent: UNKNOWN });
  expect(duty.look({ ...CALM, supply }).duty).toMatchObject({ kind: 'pause', reason: { chargePercent: null } });
});

test('a rule that cannot see any more keeps its last word, however long', () => {
  const blinded = {
    ...{
      app: { apps: UNKNOWN },
      battery: { supply: UNKNOWN },
      metered: { isMetered: UNKNOWN },
      disk: { disk: UNKNOWN },
    },
    ...{ rate: { rates: UNKNOWN } },
  };
  for (const [rule, signals] of Object.entries(blinded)) {
    const { settings, breaks, effect, reason } = BREAKS.find((one) => one.rule === rule)!;
    const duty = createDuty(settingsOf(settings));
    duty.look(breaks(CALM));
    duty.lookFor(breaks(CALM), 11 * SECOND_MS);
    const later = duty.look({ ...CALM, ...signals }, HOUR_MS);
    expect(later.duty, rule).toMatchObject({ kind: effect, reason: { kind: reason } });
    expect(later.blind, rule).toEqual([]);
    duty.look(CALM, SECOND_MS);
    expect(duty.kind(CALM, HOUR_MS), rule).toBe('run');
  }
});

test('a hot, loaded or full card that tells nothing any more is not taken for a cool one', () => {
  const duty = createDuty();
  const all = withGpu(CALM, {
    temperatureCelsius: known(90),
    othersLoadPercent: known(99),
    othersVramBytes: known(9e9),
  });
  duty.look(all);
  duty.look(all, 6 * SECOND_MS);
  const mute = withGpu(CALM, { temperatureCelsius: UNKNOWN, othersLoadPercent: UNKNOWN, othersVramBytes: UNKNOWN });
  const decision = duty.look(mute, HOUR_MS);
  expect([reasonOf(decision), ...decision.also]).toMatchObject([
    { kind: 'vram-needed', missingBytes: 0 },
    { kind: 'hot', celsius: null },
    { kind: 'others-load', percent: null },
  ]);
  // The card is gone.
  duty.look({ ...CALM, gpus: [] }, SECOND_MS);
  expect(duty.kind({ ...CALM, gpus: [] }, HOUR_MS)).toBe('run');
});

test('unknown own memory counts as none: only what is certain frees the card', () => {
  const unsure = { ownVramBytes: UNKNOWN };
  expect(createDuty().kind(withGpu(CALM, { ...unsure, othersVramBytes: known(11e9) }))).toBe('run');
  expect(createDuty().kind(withGpu(CALM, { ...unsure, othersVramBytes: known(12.5e9) }))).toBe('yield');
});

test('a game that was never seen is not invented', () => {
  expect(createDuty().look({ ...CALM, apps: UNKNOWN })).toMatchObject({ duty: { kind: 'run' }, blind: ['app'] });
  expect(createDuty().kind({ ...CALM, apps: known([GAME]) })).toBe('yield');
});
