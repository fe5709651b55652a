import * as v from 'valibot';
import { UPPER_LIMITS } from './settings-limits.ts';

const within = (min: number, max: number) => v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max));
const whole = (min: number, max: number) => v.pipe(within(min, max), v.integer());
const percent = (min: number, max: number) => whole(min, max);
const bytes = whole(0, UPPER_LIMITS.bytes);
const exeName = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(UPPER_LIMITS.exeCharacters));
const exeNames = v.pipe(v.array(exeName), v.maxLength(UPPER_LIMITS.exeNames));

const windowEntries = {
  days: v.pipe(v.array(whole(0, 6)), v.minLength(1), v.maxLength(7)),
  fromMinute: whole(0, 1439),
  toMinute: whole(0, 1440),
};
const windows = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(v.array(v.strictObject(entries)), v.minLength(1), v.maxLength(UPPER_LIMITS.windows));

const snooze = v.variant('kind', [
  v.strictObject({ kind: v.literal('until'), untilMs: whole(0, Number.MAX_SAFE_INTEGER) }),
  v.strictObject({ kind: v.literal('until-wall'), untilWallMs: whole(0, Number.MAX_SAFE_INTEGER) }),
]);

const temperature = v.pipe(
  v.strictObject({ pauseAtCelsius: whole(50, 110), resumeAtCelsius: whole(30, 105) }),
  v.check(
    (limit) => limit.resumeAtCelsius < limit.pauseAtCelsius,
    'It must cool down below the limit before it goes on',
  ),
);

/**
 * When the owner lets the machine work: `v.parse(dutySettingsSchema, {})` has the defaults, and `null` switches a rule off.
 * Fresh from the box it works beside its owner and stays unnoticed (games, others' load and memory, battery, heat). Rules such as
 * "only when I am away" are the owner's own choice: who has pressed Start for the first time wants to see it work.
 */
export const dutySettingsSchema = v.strictObject({
  snooze: v.optional(v.nullable(snooze), null),
  /** Finish the round that is under way, then pause until it is taken back. */
  finishRound: v.optional(v.boolean(), false),

  /**
   * Work only while nobody has touched the machine for so long, or the session is locked. Where nobody can tell (some Wayland
   * sessions) the rule still holds: who asked for "only when I am away" must never be disturbed, and reads why it rests and that
   * locking the screen helps. `run` is for the owner of a machine that nobody sits at.
   */
  idle: v.optional(
    v.nullable(
      v.strictObject({ minutes: whole(1, 240), whenUnknown: v.optional(v.picklist(['pause', 'run']), 'pause') }),
    ),
    null,
  ),
  lock: v.optional(v.nullable(v.picklist(['only-locked', 'only-unlocked'])), null),

  pauseForGames: v.optional(v.boolean(), true),
  pauseForFullscreen: v.optional(v.boolean(), true),
  /** File names of programs: always while one of them runs; never for these, whatever they look like. Always wins. */
  alwaysPauseFor: v.optional(exeNames, []),
  neverPauseFor: v.optional(exeNames, []),
  othersLoadPercent: v.optional(v.nullable(percent(5, 100)), 30),
  /** Memory of the card that stays free for others. */
  vramReserveBytes: v.optional(bytes, 512 * 2 ** 20),

  battery: v.optional(
    v.nullable(
      v.variant('kind', [
        v.strictObject({ kind: v.literal('never') }),
        v.strictObject({ kind: v.literal('above'), chargePercent: percent(5, 95) }),
      ]),
    ),
    { kind: 'never' },
  ),
  temperature: v.optional(v.nullable(temperature), { pauseAtCelsius: 85, resumeAtCelsius: 75 }),
  powerLimitWatts: v.optional(v.nullable(whole(20, 2_000)), null),

  /** When it may work; `null`: always. */
  schedule: v.optional(v.nullable(windows(windowEntries)), null),
  /** Electricity, in the owner's currency for each kWh. Outside of the windows the price is below the limit. */
  tariff: v.optional(
    v.nullable(
      v.strictObject({
        limitPerKwh: within(-1_000, 1_000_000),
        windows: windows({ ...windowEntries, pricePerKwh: within(-1_000, 1_000_000) }),
      }),
    ),
    null,
  ),

  pauseOnMetered: v.optional(v.boolean(), true),
  /** Sent and received together, in a month of local time. */
  monthlyBytes: v.optional(v.nullable(bytes), null),
  uploadBytesPerSecond: v.optional(v.nullable(whole(1_000, UPPER_LIMITS.bytes)), null),
  downloadBytesPerSecond: v.optional(v.nullable(whole(1_000, UPPER_LIMITS.bytes)), null),
  diskQuotaBytes: v.optional(bytes, 16 * 2 ** 30),
  /** What must stay free on the disk. */
  diskReserveBytes: v.optional(bytes, 2 * 2 ** 30),

  /** Part of the processor's threads. */
  cpuPercent: v.optional(percent(1, 100), 50),
  /** Of each card; `null`: what the reserve leaves. */
  vramCapBytes: v.optional(v.nullable(bytes), null),
  /** Part of the time in which it works. */
  workPercent: v.optional(percent(10, 100), 100),
  /** While it works the machine does not fall asleep by itself. */
  keepAwake: v.optional(v.boolean(), false),
});

export type DutySettings = Readonly<v.InferOutput<typeof dutySettingsSchema>>;
