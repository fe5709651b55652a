import { broken, CLEAR, unseen, type CheckRule } from './rule.ts';

/** Free beyond the reserve before it goes on: the next round writes. */
export const DISK_MARGIN_BYTES = 2 ** 30;

/** The store keeps its quota by itself; this is for when it cannot, and for a disk that others fill. */
export const checkDisk: CheckRule = ({ signals: { disk }, settings, before }) => {
  if (disk.kind === 'unknown') return unseen(before);
  const { freeBytes, usedBytes } = disk.value;
  const { diskQuotaBytes: quotaBytes, diskReserveBytes } = settings;
  if (usedBytes > quotaBytes) return broken({ kind: 'disk-quota', usedBytes, quotaBytes });
  if (diskReserveBytes === 0) return CLEAR;
  const resumeAtBytes = diskReserveBytes + DISK_MARGIN_BYTES;
  const needed = before?.kind === 'disk-full' ? resumeAtBytes : diskReserveBytes;
  return freeBytes < needed ? broken({ kind: 'disk-full', freeBytes, resumeAtBytes }) : CLEAR;
};
