import { MIN_PASSWORD_LENGTH } from '#protocol/contract/keys.ts';
import { MillraceError } from '#protocol/errors.ts';

/** Hands a password on that is to seal a key. @throws MillraceError KEYS when it is too short */
export function newPassword(password: string): string {
  if (password.trim().length >= MIN_PASSWORD_LENGTH) return password;
  throw new MillraceError(
    'KEYS',
    `A password needs at least ${MIN_PASSWORD_LENGTH} characters; spaces around it do not count.`,
  );
}

export const wrongPassword = (): MillraceError =>
  new MillraceError('WRONG_PASSWORD', 'That is not the password of this key. Nothing was changed.');
