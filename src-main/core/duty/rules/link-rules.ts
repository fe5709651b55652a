import { nextMonthMs } from '../local-time.ts';
import { broken, CLEAR, unseen, type CheckRule } from './rule.ts';

/** The worker keeps the caps by itself; this is for when it does not, so it does not mind the last percent. */
const RATE_BREAKS_AT = 1.1;
const RATE_ENDS_AT = 0.8;

export const checkMetered: CheckRule = ({ signals: { isMetered }, settings, before }) => {
  if (!settings.pauseOnMetered) return CLEAR;
  if (isMetered.kind === 'unknown') return unseen(before);
  return isMetered.value ? broken({ kind: 'metered' }) : CLEAR;
};

/** Beyond the quota somebody pays: what nobody has counted is not below it. */
export const checkMonthlyBytes: CheckRule = ({ signals: { month }, settings: { monthlyBytes: quotaBytes }, clock }) => {
  if (quotaBytes === null) return CLEAR;
  if (month.kind === 'unknown') return broken({ kind: 'monthly-bytes-unknown' });
  const usedBytes = month.value.upBytes + month.value.downBytes;
  return usedBytes < quotaBytes ? CLEAR : broken({ kind: 'monthly-bytes', usedBytes, quotaBytes }, nextMonthMs(clock));
};

export const checkRate: CheckRule = ({ signals: { rates }, settings, before }) => {
  const { uploadBytesPerSecond: upload, downloadBytesPerSecond: download } = settings;
  if (upload === null && download === null) return CLEAR;
  if (rates.kind === 'unknown') return unseen(before);
  const allowed = (direction: 'upload' | 'download', cap: number | null): number =>
    (cap ?? Infinity) * (before?.kind === 'rate' && before.direction === direction ? RATE_ENDS_AT : RATE_BREAKS_AT);
  if (upload !== null && rates.value.upBytes > allowed('upload', upload)) {
    return broken({ kind: 'rate', direction: 'upload', capBytesPerSecond: upload });
  }
  if (download !== null && rates.value.downBytes > allowed('download', download)) {
    return broken({ kind: 'rate', direction: 'download', capBytesPerSecond: download });
  }
  return CLEAR;
};
