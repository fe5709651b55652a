/** From what only a developer wants to know to what must be looked at. */
type EntryLevel = 'debug' | 'info' | 'warning' | 'error';

/** One thing that happened, for an operator: as data, and in words. */
export interface Entry {
  readonly level: EntryLevel;
  /** Stable, kebab-case. */
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** `null`: not worth a line to a person. */
  readonly words: string | null;
}
