/** When, as an ISO time, and how much it matters. */
interface Stamp {
  readonly time: string;
  readonly level: string;
}

/** What scripts read (`--json`) or people read: one event or one line at a time, on stdout and nowhere else. */
export interface Output {
  /** For machines: one JSON object a line; a log's begins with its stamp. Silent without `--json`. */
  event(name: string, fields: Readonly<Record<string, unknown>>, stamp?: Stamp): void;
  /** For people. Silent with `--json`. */
  line(text: string): void;
}

/** Words may come from a stranger: control characters could move the cursor or rename the window. */
export const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, '\uFFFD');

export const createOutput = (json: boolean, write: (text: string) => void): Output => ({
  event: (event, fields, stamp) => {
    if (json) write(`${JSON.stringify({ ...stamp, event, ...fields })}\n`);
  },
  line: (text) => {
    if (!json) write(`${printable(text)}\n`);
  },
});
