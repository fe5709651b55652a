import { describe, expect, test } from 'vitest';
import { MIN_REST_MS } from '#main/core/duty/duty-rules.ts';
import { VRAM_MARGIN_BYTES } from '#main/core/duty/rules/gpu-rules.ts';
import { DISK_MARGIN_BYTES } from '#main/core/duty/rules/disk-rule.ts';
import { known } from '#main/core/duty/sensed.ts';
import type { DutySignals } from '#main/core/duty/signals.ts';
import {
  CALM,
  CALM_GPU,
  createDuty,
  GAME,
  GIB,
  HOUR_MS,
  reasonOf,
  SECOND_MS,
  settingsOf,
  withGpu,
} from './duty-scene.ts';

const celsius = (value: number) => withGpu(CALM, { temperatureCelsius: known(value) });
const load = (value: number) => withGpu(CALM, { othersLoadPercent: known(value) });
const others = (bytes: number) => withGpu(CALM, { othersVramBytes: known(bytes) });
const charge = (percent: number): DutySignals => ({
  ...CALM,
  supply: known({ kind: 'battery', chargePercent: known(percent) }),
});
const free = (bytes: number): DutySignals => ({ ...CALM, disk: known({ freeBytes: bytes, usedBytes: 0 }) });
const up = (bytes: number): DutySignals => ({ ...CALM, rates: known({ upBytes: bytes, downBytes: 0 }) });
const down = (bytes: number): DutySignals => ({ ...CALM, rates: known({ upBytes: 0, downBytes: bytes }) });
const room = 12 * GIB - 6 * GIB - 512 * 2 ** 20;

describe('the limit to stop is not the limit to go on', () => {
  const table = [
    { name: 'temperature', below: celsius(84), at: celsius(85), between: celsius(76), over: celsius(75) },
    { name: 'others’ load', below: load(29), at: load(30), between: load(20), over: load(19) },
    {
      ...{ name: 'memory', below: others(room), at: others(room + 1) },
      ...{ between: others(room - VRAM_MARGIN_BYTES + 1), over: others(room - VRAM_MARGIN_BYTES) },
    },
    { name: 'battery', below: charge(40), at: charge(39), between: charge(44), over: charge(45) },
    {
      ...{ name: 'disk', below: free(2 * GIB), at: free(2 * GIB - 1) },
      ...{ between: free(2 * GIB + DISK_MARGIN_BYTES - 1), over: free(2 * GIB + DISK_MARGIN_BYTES) },
    },
    { name: 'upload', below: up(1_100_000), at: up(1_100_001), between: up(800_001), over: up(800_000) },
    { name: 'download', below: down(2_200_000), at: down(2_300_000), between: down(1_600_001), over: down(1_600_000) },
  ];
  test.each(table)('$name', ({ below, at, between, over }) => {
    const battery = { kind: 'above', chargePercent: 40 } as const;
    const rates = { uploadBytesPerSecond: 1_000_000, downloadBytesPerSecond: 2_000_000 };
    const duty = createDuty(settingsOf({ battery, ...rates }));
    duty.look(below);
    expect(duty.kind(between, 20 * SECOND_MS), 'not broken yet').toBe('run');
    expect(duty.kind(below, 20 * SECOND_MS)).toBe('run');
    duty.look(at, SECOND_MS);
    const stopped = duty.kind(at, 10 * SECOND_MS);
    expect(stopped).not.toBe('run');
    expect(duty.kind(between, HOUR_MS), 'not over yet').toBe(stopped);
    duty.look(over, SECOND_MS);
    expect(duty.kind(over, 30 * SECOND_MS)).toBe('run');
  });
});

test('each card has its own hysteresis', () => {
  const cards = (first: number, second: number): DutySignals => ({
    ...CALM,
    gpus: [first, second].map((value, n) => ({ ...CALM_GPU, id: `gpu-${n}`, temperatureCelsius: known(value) })),
  });
  const duty = createDuty();
  expect(duty.kind(cards(80, 85))).toBe('pause');
  expect(duty.kind(cards(80, 76), HOUR_MS), 'the second is not cool').toBe('pause');
  expect(duty.kind(cards(80, 75), HOUR_MS), 'the first was never hot').toBe('run');
});

test('ending the worker does not look like room for it', () => {
  const duty = createDuty();
  expect(duty.kind(others(room + GIB))).toBe('yield');
  // The worker has gone: its memory is free, but it would not fit again.
  expect(duty.kind(others(room + GIB), HOUR_MS)).toBe('yield');
});

test('a game that flickers is one game: it goes on half a minute after the last of it', () => {
  const duty = createDuty();
  const game = { ...CALM, apps: known([GAME]) };
  expect(duty.kind(game)).toBe('yield');
  for (let n = 0; n < 10; n += 1) {
    const between = duty.look(CALM, 20 * SECOND_MS);
    expect(between.duty).toMatchObject({ kind: 'yield', reason: { kind: 'settling', after: { kind: 'app' } } });
    expect(duty.kind(game, 5 * SECOND_MS)).toBe('yield');
  }
  const last = duty.nowMs;
  expect(duty.look(CALM, 29_999).duty).toMatchObject({ kind: 'yield', untilMs: last + 30_000 });
  expect(duty.kind(CALM, 1)).toBe('run');
});

test('a game is yielded to at once, also a second after work began', () => {
  const duty = createDuty();
  duty.look({ ...CALM, apps: known([GAME]) });
  expect(duty.kind(CALM, 30 * SECOND_MS)).toBe('run');
  expect(duty.kind({ ...CALM, apps: known([GAME]) }, 1)).toBe('yield');
});

test('what was broken for a moment only still rests', () => {
  const duty = createDuty();
  expect(duty.kind({ ...CALM, isMetered: known(true) })).toBe('pause');
  expect(reasonOf(duty.look(CALM, MIN_REST_MS - 1))).toEqual({ kind: 'settling', after: { kind: 'metered' } });
  expect(duty.kind(CALM, 1)).toBe('run');
});

test('who has been away for long enough need not wait for more', () => {
  const duty = createDuty(settingsOf({ idle: { minutes: 5 } }));
  const idle = (ms: number): DutySignals => ({ ...CALM, inputIdleMs: known(ms) });
  expect(duty.look(idle(0)).duty).toMatchObject({ untilMs: duty.nowMs + 300_000 });
  expect(duty.kind(idle(299_999), 299_999)).toBe('pause');
  expect(duty.kind(idle(300_000), 1)).toBe('run');
});

test('a clock that is set back or forward holds nothing up', () => {
  const duty = createDuty();
  const game = { ...CALM, apps: known([GAME]) };
  duty.look(game);
  expect(duty.kind(CALM, -100 * HOUR_MS)).toBe('yield');
  expect(duty.kind(CALM, 30 * SECOND_MS)).toBe('run');
  duty.look(load(90), SECOND_MS);
  expect(duty.kind(load(90), -HOUR_MS), 'no time has gone by').toBe('run');
  expect(duty.kind(load(90), 5 * SECOND_MS)).toBe('pause');
  expect(reasonOf(duty.look(load(90), -HOUR_MS))?.kind, 'what has counted once counts on').toBe('others-load');
  duty.look(CALM, SECOND_MS);
  expect(duty.kind(CALM, 1000 * HOUR_MS)).toBe('run');
});

test('an upload that was too fast does not lower the limit of the download', () => {
  const duty = createDuty(settingsOf({ uploadBytesPerSecond: 1_000_000, downloadBytesPerSecond: 1_000_000 }));
  duty.look(up(2_000_000));
  expect(duty.kind(up(2_000_000), 10 * SECOND_MS)).toBe('pause');
  duty.look(down(1_000_000), SECOND_MS);
  expect(duty.kind(down(1_000_000), 20 * SECOND_MS)).toBe('run');
});

test('files that took too much room do not raise what must be free, and without a reserve nothing must', () => {
  const disk = (freeBytes: number, usedBytes: number): DutySignals => ({
    ...CALM,
    disk: known({ freeBytes, usedBytes }),
  });
  const duty = createDuty();
  expect(reasonOf(duty.look(disk(2 * GIB, 17 * GIB)))?.kind).toBe('disk-quota');
  duty.look(disk(2 * GIB, 16 * GIB), SECOND_MS);
  expect(duty.kind(disk(2 * GIB, 16 * GIB), 20 * SECOND_MS)).toBe('run');
  expect(reasonOf(duty.look(disk(GIB, GIB), SECOND_MS))?.kind).toBe('disk-full');
  duty.settings = settingsOf({ diskReserveBytes: 0 });
  duty.look(disk(0, GIB), SECOND_MS);
  expect(duty.kind(disk(0, GIB), 20 * SECOND_MS)).toBe('run');
});
