import * as v from 'valibot';
import { decideDuty, type DutyDecision } from '#main/core/duty/decide-duty.ts';
import { NO_MEMORY, type DutyMemory } from '#main/core/duty/duty-memory.ts';
import { dutySettingsSchema, type DutySettings } from '#main/core/duty/duty-settings.ts';
import type { LocalClock } from '#main/core/duty/local-time.ts';
import type { DutyReason } from '#main/core/duty/reasons.ts';
import type { RuleName } from '#main/core/duty/rules/rule.ts';
import { known } from '#main/core/duty/sensed.ts';
import type { DutySignals, GpuSignals } from '#main/core/duty/signals.ts';

export const GIB = 2 ** 30;
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** Monday, 2 November 2026, 10:00 in UTC. */
export const MONDAY_MS = Date.UTC(2026, 10, 2, 10);
export const clockAt = (nowMs: number, utcOffsetMinutes = 0): LocalClock => ({ nowMs, utcOffsetMinutes });

export const settingsOf = (given: v.InferInput<typeof dutySettingsSchema> = {}): DutySettings =>
  v.parse(dutySettingsSchema, given);

export const CALM_GPU: GpuSignals = {
  ...{ id: 'gpu-0', name: 'A card', othersLoadPercent: known(2) },
  ...{ vramBytes: known(12 * GIB), othersVramBytes: known(GIB), ownVramBytes: known(6 * GIB) },
  ...{ temperatureCelsius: known(60), watts: known(150) },
};

/** A desktop on mains that nobody has touched for hours. */
export const CALM: DutySignals = {
  inputIdleMs: known(3 * HOUR_MS),
  isLocked: known(false),
  supply: known({ kind: 'mains' }),
  apps: known([]),
  gpus: [CALM_GPU],
  isMetered: known(false),
  disk: known({ freeBytes: 100 * GIB, usedBytes: GIB }),
  month: known({ upBytes: 0, downBytes: 0 }),
  rates: known({ upBytes: 0, downBytes: 0 }),
  progress: known({ round: 7, isTraining: true, roundEndsInMs: 40 * SECOND_MS }),
};

export const withGpu = (signals: DutySignals, gpu: Partial<GpuSignals>): DutySignals => ({
  ...signals,
  gpus: signals.gpus.map((before) => ({ ...before, ...gpu })),
});

export const GAME = { exe: 'Cyberpunk2077.exe', name: 'Cyberpunk', shows: 'fullscreen' } as const;

/** How each rule is broken, so that any of them can be broken together. */
export interface Break {
  readonly rule: RuleName;
  readonly effect: 'yield' | 'pause' | 'throttle';
  readonly reason: DutyReason['kind'];
  readonly settings: v.InferInput<typeof dutySettingsSchema>;
  readonly breaks: (signals: DutySignals) => DutySignals;
}

const asIs = (signals: DutySignals): DutySignals => signals;
const EVENING = { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 20 * 60, toMinute: 23 * 60 };
const MORNING = { ...EVENING, fromMinute: 6 * 60, toMinute: 12 * 60 };

/** At MONDAY_MS. In the order in which they win. */
export const BREAKS: readonly Break[] = [
  {
    ...{ rule: 'app', effect: 'yield', reason: 'app', settings: {} },
    breaks: (signals) => ({ ...signals, apps: known([GAME]) }),
  },
  {
    ...{ rule: 'vram', effect: 'yield', reason: 'vram-needed', settings: {} },
    breaks: (signals) => withGpu(signals, { othersVramBytes: known(8 * GIB) }),
  },
  {
    ...{ rule: 'snooze', effect: 'pause', reason: 'snooze', breaks: asIs },
    settings: { snooze: { kind: 'until', untilMs: MONDAY_MS + HOUR_MS } },
  },
  {
    ...{ rule: 'after-round', effect: 'pause', reason: 'after-round', settings: { finishRound: true } },
    breaks: (signals) => ({ ...signals, progress: known({ round: 7, isTraining: false, roundEndsInMs: 0 }) }),
  },
  {
    ...{ rule: 'temperature', effect: 'pause', reason: 'hot', settings: {} },
    breaks: (signals) => withGpu(signals, { temperatureCelsius: known(85) }),
  },
  {
    ...{ rule: 'battery', effect: 'pause', reason: 'battery', settings: {} },
    breaks: (signals) => ({ ...signals, supply: known({ kind: 'battery', chargePercent: known(90) }) }),
  },
  {
    ...{ rule: 'metered', effect: 'pause', reason: 'metered', settings: {} },
    breaks: (signals) => ({ ...signals, isMetered: known(true) }),
  },
  {
    ...{ rule: 'monthly-bytes', effect: 'pause', reason: 'monthly-bytes', settings: { monthlyBytes: 5 * GIB } },
    breaks: (signals) => ({ ...signals, month: known({ upBytes: 2 * GIB, downBytes: 3 * GIB }) }),
  },
  {
    ...{ rule: 'rate', effect: 'pause', reason: 'rate', settings: { uploadBytesPerSecond: 1_000_000 } },
    breaks: (signals) => ({ ...signals, rates: known({ upBytes: 2_000_000, downBytes: 0 }) }),
  },
  {
    ...{ rule: 'disk', effect: 'pause', reason: 'disk-full', settings: {} },
    breaks: (signals) => ({ ...signals, disk: known({ freeBytes: GIB, usedBytes: GIB }) }),
  },
  { ...{ rule: 'lock', effect: 'pause', reason: 'lock', settings: { lock: 'only-locked' } }, breaks: asIs },
  {
    ...{ rule: 'idle', effect: 'pause', reason: 'in-use', settings: { idle: { minutes: 5 } } },
    breaks: (signals) => ({ ...signals, inputIdleMs: known(MINUTE_MS) }),
  },
  {
    ...{ rule: 'others-load', effect: 'pause', reason: 'others-load', settings: {} },
    breaks: (signals) => withGpu(signals, { othersLoadPercent: known(60) }),
  },
  { ...{ rule: 'schedule', effect: 'pause', reason: 'schedule', settings: { schedule: [EVENING] } }, breaks: asIs },
  {
    ...{ rule: 'tariff', effect: 'pause', reason: 'tariff', breaks: asIs },
    settings: { tariff: { limitPerKwh: 0.3, windows: [{ ...MORNING, pricePerKwh: 0.4 }] } },
  },
  {
    ...{ rule: 'power-limit', effect: 'throttle', reason: 'power-limit', settings: { powerLimitWatts: 200 } },
    breaks: (signals) => withGpu(signals, { watts: known(400) }),
  },
  {
    ...{ rule: 'work-percent', effect: 'throttle', reason: 'work-percent', settings: { workPercent: 60 } },
    breaks: asIs,
  },
];

/** Looks again and again, as the app would. */
export function createDuty(settings: DutySettings = settingsOf(), startMs = MONDAY_MS) {
  let memory: DutyMemory = NO_MEMORY;
  let nowMs = startMs;
  const scene = {
    settings,
    utcOffsetMinutes: 0,
    get nowMs() {
      return nowMs;
    },
    look: (signals: DutySignals, afterMs = 0): DutyDecision => {
      nowMs += afterMs;
      const decision = decideDuty(memory, signals, scene.settings, clockAt(nowMs, scene.utcOffsetMinutes));
      // What a restart would keep.
      memory = JSON.parse(JSON.stringify(decision.memory)) as DutyMemory;
      return decision;
    },
    /** Each second; the last answer. */
    lookFor: (signals: DutySignals, durationMs: number): DutyDecision => {
      for (let waited = SECOND_MS; waited < durationMs; waited += SECOND_MS) scene.look(signals, SECOND_MS);
      return scene.look(signals, SECOND_MS);
    },
    kind: (signals: DutySignals, afterMs = 0) => scene.look(signals, afterMs).duty.kind,
  };
  return scene;
}

export const reasonOf = ({ duty }: DutyDecision): DutyReason | null => (duty.kind === 'run' ? null : duty.reason);
