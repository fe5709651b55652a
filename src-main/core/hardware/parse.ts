import { assertNever } from '#protocol/assert-never.ts';
import type { RunOutcome } from './ports.ts';

export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

/** Characters of a tool's output that a warning repeats. */
const MAX_EXCERPT = 160;

/** No machine has more; a larger figure is a tool's fault. */
const MAX_MEMORY_BYTES = 2 ** 44;

/** A plain decimal number, or `null` for `[N/A]`, `ERR!`, an empty field or anything else. */
export function parseNumber(text: string | null | undefined): number | null {
  const trimmed = text?.trim() ?? '';
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(trimmed) ? Number(trimmed) : null;
}

/** `0x10de`, `10DE`: up to 64 bits, exact below 2^53. */
export function parseHex(text: string | null | undefined): number | null {
  const match = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(text?.trim() ?? '');
  return match?.[1] === undefined ? null : parseInt(match[1], 16);
}

/** A memory size that a real machine can have. Zero means that the source does not know. */
export function plausibleBytes(bytes: number | null): number | null {
  return bytes !== null && bytes > 0 && bytes <= MAX_MEMORY_BYTES ? Math.round(bytes) : null;
}

export function plausiblePercent(value: number | null): number | null {
  return value !== null && value >= 0 && value <= 100 ? value : null;
}

export function plausibleCelsius(value: number | null): number | null {
  return value !== null && value > -50 && value < 200 ? value : null;
}

export function plausibleWatts(value: number | null): number | null {
  return value !== null && value >= 0 && value < 10_000 ? value : null;
}

/** `00000000:01:00.0`, `01:00.0` and `0000:01:00.0` are the same place: `0000:01:00.0`. */
export function normalizePciAddress(text: string | null | undefined): string | null {
  const match = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/i.exec(text?.trim() ?? '');
  if (match === null) return null;
  const [, domain = '0', bus = '', device = '', fn = ''] = match;
  const shortDomain = parseInt(domain, 16).toString(16).padStart(4, '0');
  return `${shortDomain}:${bus}:${device}.${fn}`.toLowerCase();
}

/** The first words of untrusted output, safe to show in a sentence. */
export function excerpt(text: string): string {
  const line = text.split(/[\r\n]/).find((part) => part.trim() !== '') ?? '';
  const clean = line.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, ' ').trim();
  return clean.length > MAX_EXCERPT ? `${clean.slice(0, MAX_EXCERPT)}…` : clean;
}

/** The same with a full stop, unless it ends in one. */
export function asSentence(words: string): string {
  return /[.!?…]$/.test(words) ? words : `${words}.`;
}

/** Name lists and lspci write `Navi 31 [Radeon RX 7900 XTX]`: the brackets hold the name on the box. */
export function marketingName(text: string): string {
  return /\[([^\]]+)\]\s*$/.exec(text)?.[1] ?? text;
}

/** Why a command brought nothing, as a sentence that names the tool; `null` when it exited with 0. */
export function describeFailure(tool: string, outcome: RunOutcome): string | null {
  switch (outcome.kind) {
    case 'not-found':
      return `${tool} is not installed.`;
    case 'timed-out':
      return `${tool} did not answer within ${outcome.timeoutMs / 1000} s and was stopped.`;
    case 'too-much-output':
      return `${tool} wrote more than ${Math.round(outcome.maxBytes / 1024)} KiB and was stopped.`;
    case 'failed':
      return `${tool} could not be run: ${asSentence(excerpt(outcome.message))}`;
    case 'exited': {
      if (outcome.exitCode === 0) return null;
      const words = excerpt(outcome.stderr) || excerpt(outcome.stdout);
      return `${tool} failed with exit code ${outcome.exitCode}${words === '' ? '.' : `: ${asSentence(words)}`}`;
    }
    default:
      return assertNever(outcome, 'end of a command');
  }
}
