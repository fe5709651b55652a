import type { Transition } from '#protocol/round/validator-round.ts';

/** Does what a machine says, as its real runner does, but in virtual blocks: one thing at a time, each taking some blocks. */
export abstract class Actor<State, Event, Effect> {
  #state: State;
  #waiting: Effect[] = [];
  #running: { readonly effect: Effect; readonly doneAt: number } | null = null;
  #seen = -1;
  #before: State;

  constructor(start: State) {
    this.#state = start;
    this.#before = start;
  }

  get state(): State {
    return this.#state;
  }

  /** Everything that happens at a block. */
  step(block: number): void {
    for (;;) {
      if (this.#running !== null) {
        if (this.#running.doneAt > block) return;
        const { effect } = this.#running;
        this.#running = null;
        const answer = this.finish(effect, block);
        if (answer !== null) this.#take(answer, block);
      }
      const effect = this.#waiting.shift();
      if (effect !== undefined) {
        this.#running = { effect, doneAt: block + this.begin(effect, block) };
      } else if (this.#seen !== block || this.looksAgain(this.#before, this.#state)) {
        this.#seen = block;
        this.#before = this.#state;
        this.#take(this.look(block), block);
        if (this.#waiting.length === 0 && !this.looksAgain(this.#before, this.#state)) return;
      } else return;
    }
  }

  /** A new process: nothing of what was under way is finished. */
  protected begins(state: State): void {
    this.#state = state;
    this.#before = state;
    this.#waiting = [];
    this.#running = null;
  }

  protected abstract transition(state: State, event: Event, block: number): Transition<State, Effect>;
  /** The event of a block. */
  protected abstract look(block: number): Event;
  /** Whether what was done is a reason to look at the same block once more. */
  protected abstract looksAgain(before: State, after: State): boolean;
  /** @returns how many blocks it takes */
  protected abstract begin(effect: Effect, block: number): number;
  protected abstract finish(effect: Effect, block: number): Event | null;

  #take(event: Event, block: number): void {
    const { state, effects } = this.transition(this.#state, event, block);
    this.#state = state;
    this.#waiting.unshift(...effects);
  }
}
