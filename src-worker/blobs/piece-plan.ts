/** When no piece is left to ask for, one that its source has owed for this long is asked of another source too. */
export const TAKE_OVER_MS = 2_000;
/** Sources that one piece may be asked of at the same time. */
const MAX_HOLDERS = 2;

interface Owed {
  readonly sources: Set<string>;
  sinceMs: number;
}

/** Which pieces are still to come, and who has been asked for them. Pure: the caller brings the time. */
export class PiecePlan {
  /** Asked of nobody, the next one last. */
  #open: number[];
  readonly #owed = new Map<number, Owed>();

  /** @param missing pieces to fetch, in the order in which to ask for them */
  constructor(missing: readonly number[]) {
    this.#open = missing.toReversed();
  }

  /** Pieces that have not arrived. */
  get missing(): number {
    return this.#open.length + this.#owed.size;
  }

  /** The next piece to ask this source for; null when there is none for it right now. */
  take(source: string, nowMs: number): number | null {
    const piece = this.#open.pop() ?? this.#late(source, nowMs);
    if (piece === null) return null;
    const owed = this.#owed.get(piece) ?? { sources: new Set(), sinceMs: nowMs };
    owed.sources.add(source);
    owed.sinceMs = nowMs;
    this.#owed.set(piece, owed);
    return piece;
  }

  /** Whether it has been asked for and has not arrived: false when another source was faster. */
  owes(piece: number): boolean {
    return this.#owed.has(piece);
  }

  arrived(piece: number): void {
    this.#owed.delete(piece);
  }

  /** The source will not bring what it owes: unless others were asked too, these pieces are next. */
  giveBack(source: string): void {
    const back: number[] = [];
    for (const [piece, { sources }] of this.#owed) {
      if (!sources.delete(source) || sources.size > 0) continue;
      this.#owed.delete(piece);
      back.push(piece);
    }
    this.#open.push(...back.toSorted((a, b) => b - a));
  }

  #late(source: string, nowMs: number): number | null {
    for (const [piece, { sources, sinceMs }] of this.#owed) {
      const isLate = nowMs - sinceMs >= TAKE_OVER_MS;
      if (isLate && sources.size < MAX_HOLDERS && !sources.has(source)) return piece;
    }
    return null;
  }
}
