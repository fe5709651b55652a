import { describe, expect, test } from 'vitest';
import { DUTY_RULES } from '#main/core/duty/duty-rules.ts';
import { BREAKS, CALM, createDuty, type Break, reasonOf, SECOND_MS, settingsOf } from './duty-scene.ts';

test('a calm machine works, and all that can be seen is seen', () => {
  expect(createDuty().look(CALM)).toMatchObject({ duty: { kind: 'run' }, also: [], ahead: null, blind: [] });
});

test('every rule of the table is broken here, in its order', () => {
  expect(BREAKS.map(({ rule, effect }) => ({ rule, effect }))).toEqual(
    DUTY_RULES.map(({ name, effect }) => ({ rule: name, effect })),
  );
});

describe.each(BREAKS)('$rule alone', ({ effect, reason, settings, breaks, rule }) => {
  const { sustainMs } = DUTY_RULES.find(({ name }) => name === rule)!;

  test('is what it says when it is broken for long enough, and not before', () => {
    const duty = createDuty(settingsOf(settings));
    // The power limit is about what the cards draw at work.
    if (rule === 'power-limit') duty.lookFor(CALM, 20 * SECOND_MS);
    if (sustainMs > 0) {
      expect(duty.kind(breaks(CALM))).toBe('run');
      expect(duty.kind(breaks(CALM), sustainMs - 1)).toBe('run');
    }
    const decision = duty.look(breaks(CALM), sustainMs > 0 ? 1 : 0);
    expect(decision.duty).toMatchObject({ kind: effect, reason: { kind: reason } });
    expect(decision.also).toEqual([]);
    expect(decision.blind).toEqual([]);
  });

  test('a moment that passes before it counts begins anew', () => {
    if (sustainMs === 0) return;
    const duty = createDuty(settingsOf(settings));
    duty.look(breaks(CALM));
    duty.look(CALM, sustainMs - 1);
    expect(duty.kind(breaks(CALM), 1)).toBe('run');
    expect(duty.kind(breaks(CALM), sustainMs - 1)).toBe('run');
    expect(duty.kind(breaks(CALM), 1)).toBe(effect);
  });
});

test('of every pair of rules the one that stands higher in the table is the reason', () => {
  let pairs = 0;
  for (const [n, first] of BREAKS.entries()) {
    for (const second of BREAKS.slice(n + 1)) {
      const label = `${first.rule} and ${second.rule}`;
      const duty = createDuty(settingsOf({ ...first.settings, ...second.settings }));
      const signals = second.breaks(first.breaks(CALM));
      duty.look(signals);
      const decision = duty.lookFor(signals, 20 * SECOND_MS);
      expect(decision.duty, label).toMatchObject({ kind: first.effect, reason: { kind: first.reason } });
      const isAlso = second.effect === 'throttle' ? [] : [{ kind: second.reason }];
      expect(decision.also, label).toMatchObject(isAlso);
      pairs += 1;
    }
  }
  expect(pairs).toBe((BREAKS.length * (BREAKS.length - 1)) / 2);
});

test('with every rule broken the first is the reason and all other stops are named', () => {
  const duty = createDuty(
    settingsOf(BREAKS.reduce<Break['settings']>((all, { settings }) => ({ ...all, ...settings }), {})),
  );
  const signals = BREAKS.reduce((now, { breaks }) => breaks(now), CALM);
  duty.look(signals);
  const decision = duty.look(signals, 10 * SECOND_MS);
  expect(reasonOf(decision)?.kind).toBe('app');
  const stops = BREAKS.filter(({ effect }) => effect !== 'throttle').map(({ reason }) => reason);
  expect(decision.also.map(({ kind }) => kind)).toEqual(stops.slice(1));
});

test('an always-broken rule that is switched off changes nothing', () => {
  const off = settingsOf({
    ...{ pauseForGames: false, pauseForFullscreen: false, othersLoadPercent: null, vramReserveBytes: 0 },
    ...{ battery: null, temperature: null, pauseOnMetered: false, diskReserveBytes: 0 },
  });
  const signals = BREAKS.reduce((now, { breaks }) => breaks(now), CALM);
  const duty = createDuty(off);
  duty.look(signals);
  expect(duty.look(signals, 20 * SECOND_MS).duty).toEqual({ kind: 'run' });
});
