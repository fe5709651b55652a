export type LogLevel = 'info' | 'warning' | 'error';

/** One line for the operator. Never a secret: callers pass words, not objects. */
export type Log = (level: LogLevel, message: string) => void;

/** For whoever wants to say which part speaks. */
export const prefixed =
  (log: Log, prefix: string): Log =>
  (level, message) =>
    log(level, `${prefix}: ${message}`);
