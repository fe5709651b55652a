import { expect, it } from 'vitest';
import { MillraceError } from '#protocol/errors.ts';
import { asDiskError } from '#worker/export/disk-error.ts';

const refusal = (code: string): Error => Object.assign(new Error(`${code}: no`), { code });

it.each([
  ['a full disk', refusal('ENOSPC'), /^The disk of \/out is full: .*--out/],
  [
    'a full disk in the words of the blob store',
    new MillraceError('STORAGE', '…', { cause: refusal('ENOSPC') }),
    /--out/,
  ],
  ['a disk that only reads', refusal('EROFS'), /^\/out cannot be written: .*--out/],
])('says what to do about %s', (_, cause, message) => {
  const error: unknown = asDiskError('/out', cause);
  expect(error).toMatchObject({ code: 'STORAGE', cause });
  expect((error as Error).message).toMatch(message);
});

it.each([new MillraceError('NOT_FOUND', 'Round 7 has no manifest'), refusal('ENOENT'), 'a word'])(
  'leaves %s as it is',
  (cause) => expect(asDiskError('/out', cause)).toBe(cause),
);
