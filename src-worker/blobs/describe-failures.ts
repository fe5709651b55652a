import { shortAddresses } from '../peer/short-addresses.ts';
import type { SourceFailure } from './blob-sources.ts';

/** So many of those who gave the same answer are named; the rest is counted. */
const NAMED = 3;

/** Who was asked for a blob and what they answered, in a sentence or two, however many they were. It stands where the owner reads it. */
export function describeFailures(failures: readonly SourceFailure[]): string {
  if (failures.length === 0) return 'Nobody to ask.';
  const told = [...new Set(failures.map(({ code }) => code))].map((code) => {
    const given = failures.filter((failure) => failure.code === code);
    const named = given.slice(0, NAMED).map(({ address, message }) => `${address}: ${message}`);
    const more = given.length > NAMED ? ` and ${given.length - NAMED} more` : '';
    return `${given.length} answered ${code} (${shortAddresses(named.join('; '))}${more})`;
  });
  return `Asked ${failures.length}: ${told.join('; ')}`;
}
