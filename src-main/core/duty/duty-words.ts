import { assertNever } from '#protocol/assert-never.ts';
import { gigabytes, megabytes, minutes, percent } from './amount-words.ts';
import { whenInWords } from './clock-words.ts';
import type { Duty } from './decide-duty.ts';
import type { LocalClock } from './local-time.ts';
import type { DutyReason } from './reasons.ts';

/** For the owner: a sentence with what is and why, and one or two with what would change it. */
export function dutyInWords(duty: Duty, clock: LocalClock): string {
  switch (duty.kind) {
    case 'run':
      return 'Working.';
    case 'throttle':
      return said('Working less', reasonInWords(duty.reason, null, clock));
    case 'pause':
    case 'yield':
      return said('Paused', reasonInWords(duty.reason, duty.untilMs, clock));
    default:
      return assertNever(duty, 'duty');
  }
}

export interface ReasonWords {
  /** Goes on after a colon, without a full stop. */
  readonly why: string;
  /** Whole sentences. */
  readonly change: string;
}

const said = (state: string, { why, change }: ReasonWords): string => `${state}: ${why}. ${change}`;

/** @param untilMs when the clock alone ends it; `null`: nobody knows */
export function reasonInWords(reason: DutyReason, untilMs: number | null, clock: LocalClock): ReasonWords {
  const goesOn = (event: string): string =>
    untilMs === null ? `Goes on ${event}` : `Starts again ${whenInWords(untilMs, clock)}`;
  const words = (why: string, change: string): ReasonWords => ({ why, change });
  switch (reason.kind) {
    case 'snooze':
      return words('you asked for a rest', `${goesOn('when it is over')}, or when you press Start.`);
    case 'after-round':
      return words('the round is finished, as you asked', 'Goes on when you press Start.');
    case 'app':
      return words(appWords(reason), appChange(reason));
    case 'vram-needed':
      return words(
        `other programs need the memory of ${reason.gpu}`,
        `Goes on when ${reason.missingBytes > 0 ? `${gigabytes(reason.missingBytes)} more` : 'enough of it'} is free, or keep less of it free in Settings.`,
      );
    case 'hot':
      return words(
        reason.celsius === null
          ? `${reason.gpu} was hot and does not tell its temperature any more`
          : `${reason.gpu} is hot (${Math.round(reason.celsius)} °C)`,
        `Goes on when it has cooled down to ${reason.resumeAtCelsius} °C, or allow more in Settings.`,
      );
    case 'battery':
      return words(
        reason.chargePercent === null
          ? 'the computer runs on its battery'
          : `the computer runs on its battery (${Math.round(reason.chargePercent)} %)`,
        reason.resumeAtPercent === null
          ? 'Goes on when it is plugged in, or allow the battery in Settings.'
          : `Goes on when it is plugged in or charged to ${reason.resumeAtPercent} %, or allow less in Settings.`,
      );
    case 'metered':
      return words('this network counts its bytes', 'Goes on in another network, or allow metered ones in Settings.');
    case 'monthly-bytes':
      return words(
        `this month’s ${gigabytes(reason.quotaBytes)} of traffic are used up`,
        `${goesOn('next month')}, or allow more in Settings.`,
      );
    case 'monthly-bytes-unknown':
      return words(
        'nobody knows how much of this month’s traffic is used',
        'Goes on when it is known, or switch the limit off in Settings.',
      );
    case 'rate':
      return words(
        `its ${reason.direction} was faster than the ${megabytes(reason.capBytesPerSecond)} a second that you allow`,
        'Goes on when the last minute is well below that, or allow more in Settings.',
      );
    case 'disk-quota':
      return words(
        `its files take ${gigabytes(reason.usedBytes)} of the disk, and you allow ${gigabytes(reason.quotaBytes)}`,
        'Goes on when they take less, or give it more disk space in Settings.',
      );
    case 'disk-full':
      return words(
        `the disk is nearly full (${gigabytes(reason.freeBytes)} free)`,
        `Goes on when ${gigabytes(reason.resumeAtBytes)} are free.`,
      );
    case 'lock':
      return reason.wants === 'locked'
        ? words('the screen is not locked', 'Goes on when you lock it, or change that in Settings.')
        : words('the screen is locked', 'Goes on when you unlock it, or change that in Settings.');
    case 'lock-unknown':
      return words(
        'this system does not tell whether the screen is locked',
        `You asked for work only while it is ${reason.wants}: change that in Settings.`,
      );
    case 'in-use':
      return words(
        'you are using the computer',
        `Goes on after ${minutes(reason.idleMinutes)} without you, or when you lock it.`,
      );
    case 'idle-unknown':
      return words(
        'this desktop does not tell whether you are using the computer',
        'Lock the screen, and it works where locking can be seen; or let it work without knowing, in Settings.',
      );
    case 'others-load':
      return words(
        reason.percent === null
          ? `another program was using ${reason.gpu}, and now nobody can tell`
          : `another program uses ${reason.gpu} (${Math.round(reason.percent)} %)`,
        `Goes on when it is done, or allow more than ${reason.limitPercent} % in Settings.`,
      );
    case 'schedule':
      return words('your timetable has no work now', `${goesOn('at no time')}, or change the timetable in Settings.`);
    case 'tariff':
      return words(
        `electricity costs ${reason.pricePerKwh} per kWh now, and your limit is ${reason.limitPerKwh}`,
        `${goesOn('when it is cheaper')}, or change the limit in Settings.`,
      );
    case 'work-percent':
      return words(`${percent(reason.share)} of the time, as you asked`, 'Change that in Settings.');
    case 'power-limit':
      return words(
        `${percent(reason.share)} of the time, to stay below ${reason.limitWatts} W`,
        'Works more when it draws less, or allow more in Settings.',
      );
    case 'settling': {
      const { why } = reasonInWords(reason.after, null, clock);
      return words(`${why}, or a moment ago it was so`, `${goesOn('in a moment')} if that stays over.`);
    }
    default:
      return assertNever(reason, 'reason');
  }
}

type AppReason = Extract<DutyReason, { readonly kind: 'app' }>;

const appWords = ({ app, shows }: AppReason): string =>
  shows === 'fullscreen' ? `${app} is in fullscreen` : `${app} is running`;

const appChange = ({ shows }: AppReason): string =>
  shows === 'listed'
    ? 'Goes on when it ends, or take it off your list in Settings.'
    : 'Goes on when it ends, or allow it in Settings.';
