import { expect, test } from 'vitest';
import { MIN_POWER_SHARE, POWER_STEP_MS } from '#main/core/duty/power-share.ts';
import { known, UNKNOWN } from '#main/core/duty/sensed.ts';
import { workerLimits } from '#main/core/duty/worker-limits.ts';
import { CALM, CALM_GPU, createDuty, GIB, HOUR_MS, SECOND_MS, settingsOf, withGpu } from './duty-scene.ts';

const watts = (value: number) => withGpu(CALM, { watts: known(value) });
const limited = () => createDuty(settingsOf({ powerLimitWatts: 200 }));
type Scene = ReturnType<typeof createDuty>;
const shareAt = (duty: Scene, value: number, afterMs: number): number => {
  const { duty: decided } = duty.look(watts(value), afterMs);
  return decided.kind === 'throttle' ? decided.share : 1;
};

test('a card that draws too much works less, a step at a time, down to a tenth', () => {
  const duty = limited();
  expect(shareAt(duty, 400, 0)).toBe(1);
  expect(shareAt(duty, 400, POWER_STEP_MS)).toBe(0.5);
  expect(shareAt(duty, 185, 2 * POWER_STEP_MS), 'near the limit nothing changes').toBe(0.5);
  expect(shareAt(duty, 400, 0)).toBe(0.25);
  duty.settings = settingsOf();
  shareAt(duty, 400, 0);
  duty.settings = settingsOf({ powerLimitWatts: 200 });
  expect(shareAt(duty, 400, 1)).toBe(0.5);
  expect(shareAt(duty, 400, POWER_STEP_MS - 1), 'the watts do not show it yet').toBe(0.5);
  expect(shareAt(duty, 400, 1)).toBe(0.25);
  for (let n = 0; n < 20; n += 1) shareAt(duty, 400, POWER_STEP_MS);
  expect(shareAt(duty, 400, POWER_STEP_MS)).toBe(MIN_POWER_SHARE);
});

test('a card whose draw follows its work settles below its limit, and stays', () => {
  const duty = limited();
  const drawn = (share: number): number => 40 + share * 310;
  let share = shareAt(duty, drawn(1), 0);
  for (let n = 0; n < 40; n += 1) share = shareAt(duty, drawn(share), POWER_STEP_MS);
  expect(drawn(share)).toBeLessThanOrEqual(200);
  expect(drawn(share)).toBeGreaterThanOrEqual(180);
  expect(shareAt(duty, drawn(share), HOUR_MS)).toBe(share);
  duty.settings = settingsOf();
  expect(duty.kind(watts(500), 1)).toBe('run');
});

test('what a card draws while it rests says nothing of its work', () => {
  const duty = limited();
  shareAt(duty, 400, 0);
  expect(shareAt(duty, 400, POWER_STEP_MS)).toBe(0.5);
  const metered = { ...watts(10), isMetered: known(true) };
  duty.look(metered, SECOND_MS);
  duty.lookFor(metered, 60 * SECOND_MS);
  expect(shareAt(duty, 10, SECOND_MS)).toBe(0.5);
  expect(shareAt(duty, 100, POWER_STEP_MS)).toBeCloseTo(0.55);
});

test('the card that draws most counts, and watts that nobody knows change nothing', () => {
  const duty = limited();
  const [calm] = CALM.gpus;
  const three = [{ ...calm!, watts: UNKNOWN }, { ...calm!, watts: known(250) }, calm!];
  duty.look({ ...CALM, gpus: three });
  expect(duty.look({ ...CALM, gpus: three }, POWER_STEP_MS).duty).toMatchObject({ kind: 'throttle', share: 0.8 });
  const mute = withGpu(CALM, { watts: UNKNOWN });
  expect(duty.look(mute, HOUR_MS).duty).toMatchObject({ kind: 'throttle', share: 0.8 });
  expect(limited().look(mute)).toMatchObject({ duty: { kind: 'run' }, blind: ['power-limit'] });
});

test('of two shares the smaller one counts; of equal ones the machine’s limit is the reason', () => {
  const duty = createDuty(settingsOf({ powerLimitWatts: 200, workPercent: 50 }));
  expect(duty.look(watts(300)).duty).toMatchObject({ share: 0.5, reason: { kind: 'work-percent' } });
  expect(duty.look(watts(400), POWER_STEP_MS).duty).toMatchObject({ share: 0.5, reason: { kind: 'power-limit' } });
  expect(duty.look(watts(400), POWER_STEP_MS).duty).toMatchObject({ share: 0.25, reason: { kind: 'power-limit' } });
});

test('the worker is given the caps, and of the memory what others and the reserve leave', () => {
  const settings = settingsOf({ uploadBytesPerSecond: 5_000, downloadBytesPerSecond: 9_000, diskQuotaBytes: 7e9 });
  expect(workerLimits(settings, [CALM_GPU], 16)).toEqual({
    ...{ threads: 8, vramBytes: 10.5 * GIB, diskQuotaBytes: 7e9 },
    ...{ uploadBytesPerSecond: 5_000, downloadBytesPerSecond: 9_000 },
  });
  const vram = (gpus: Parameters<typeof workerLimits>[1], vramCapBytes: number | null = null) =>
    workerLimits(settingsOf({ vramCapBytes }), gpus, 1).vramBytes;
  expect(vram([CALM_GPU], 4 * GIB)).toBe(4 * GIB);
  expect(vram([CALM_GPU, { ...CALM_GPU, vramBytes: known(8 * GIB) }])).toBe(6.5 * GIB);
  expect(vram([{ ...CALM_GPU, othersVramBytes: known(12 * GIB) }])).toBe(0);
  expect(vram([{ ...CALM_GPU, othersVramBytes: UNKNOWN }])).toBe(11.5 * GIB);
  expect(vram([{ ...CALM_GPU, vramBytes: UNKNOWN }])).toBeNull();
  expect(vram([{ ...CALM_GPU, vramBytes: UNKNOWN }], GIB)).toBe(GIB);
  expect(vram([])).toBeNull();
  expect(workerLimits(settingsOf({ cpuPercent: 1 }), [], 4).threads).toBe(1);
});
