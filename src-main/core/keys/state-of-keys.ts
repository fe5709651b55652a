import type { ColdkeyState, HotkeyState } from '#protocol/contract/keys.ts';
import type { ColdkeyRecord, HotkeyRecord } from './key-records.ts';

/** @param shutWhy why it could not be opened; `null` when nobody has tried, or a password is all that is wanted */
export function hotkeyStateOf(record: HotkeyRecord | null, isOpen: boolean, shutWhy: string | null): HotkeyState {
  if (record === null) return { kind: 'missing' };
  const { address, sealed } = record;
  return isOpen
    ? { kind: 'ready', address, sealedBy: sealed.kind }
    : { kind: 'locked', address, sealedBy: sealed.kind, why: shutWhy };
}

/** Without what is sealed: nothing of it belongs into the state. */
export function coldkeyStateOf(record: ColdkeyRecord | null): ColdkeyState {
  if (record === null) return { kind: 'missing' };
  const { kind, address } = record;
  return kind === 'extension' ? { kind, address, source: record.source } : { kind, address };
}

export function whyItCannotSign(record: ColdkeyRecord | null): string {
  if (record?.kind === 'extension') return `The coldkey is in the extension ${record.source}, which signs for it.`;
  return record === null
    ? 'There is no coldkey. Create one, import one, or connect a browser extension.'
    : 'This coldkey is only watched: what signs for it is not on this machine.';
}
