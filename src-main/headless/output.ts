/** What scripts read (`--json`) or people read: one event or one line at a time, on stdout and nowhere else. */
export interface Output {
  /** For machines: one JSON object a line. Silent without `--json`. */
  event(name: string, fields: Readonly<Record<string, unknown>>): void;
  /** For people. Silent with `--json`. */
  line(text: string): void;
}

/** Words may come from a stranger: control characters could move the cursor or rename the window. */
export const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, '\uFFFD');

export const createOutput = (json: boolean, write: (text: string) => void): Output => ({
  event: (event, fields) => {
    if (json) write(`${JSON.stringify({ event, ...fields })}\n`);
  },
  line: (text) => {
    if (!json) write(`${printable(text)}\n`);
  },
});
