import type { Log } from '#main/core/log.ts';

/** One line each: `2026-11-23T18:26:05.120Z warning …`. Standard output stays free. */
export function stderrLog(): Log {
  // The terminal that started us may be gone long before we are.
  process.stderr.on('error', () => undefined);
  return (level, message) => void process.stderr.write(`${new Date().toISOString()} ${level} ${message}\n`);
}
