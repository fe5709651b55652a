import type { Log } from '#main/core/log.ts';
import type { Output } from '../output.ts';
import type { Entry } from './entry.ts';

export interface OperatorLogOptions {
  readonly output: Output;
  readonly json: boolean;
  /** Also what only a developer wants to know. */
  readonly verbose: boolean;
  /** Where plain words go when the output is for people. */
  readonly log: Log;
  readonly nowMs: () => number;
}

export interface OperatorLog {
  write(entry: Entry): void;
  /** For parts that only have words: with `--json` they are entries like all others. */
  readonly words: Log;
}

/** With `--json` one object a line, `{time, level, event, …}`; else lines with the time of day. */
export function createOperatorLog({ output, json, verbose, log, nowMs }: OperatorLogOptions): OperatorLog {
  const write = ({ level, event, fields, words }: Entry): void => {
    if (level === 'debug' && !verbose) return;
    const now = new Date(nowMs());
    output.event(event, fields, { time: now.toISOString(), level });
    if (words !== null) output.line(`${now.toTimeString().slice(0, 8)}  ${words}`);
  };
  return {
    write,
    words: json ? (level, message) => write({ level, event: 'log', fields: { message }, words: null }) : log,
  };
}
